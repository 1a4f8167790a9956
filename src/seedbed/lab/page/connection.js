// Where messages come from: a socket, which comes back by itself. Nothing else of the page knows about it.
const KEY = "seedbed-experiment";
const MOST_WAIT_MS = 5000;

export function open({ onState, onHello, onMessage }) {
  let socket = null;
  let waitMs = 300;
  let waiting = [];

  function connect() {
    const name = sessionStorage.getItem(KEY) ?? "";
    socket = new WebSocket(`ws://${location.host}/socket?experiment=${encodeURIComponent(name)}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return unpackAll(data).forEach(onMessage);
      const message = JSON.parse(data);
      if (message.topic !== "hello") return onMessage(message);
      sessionStorage.setItem(KEY, message.experiment);
      waitMs = 300;
      onState("open");
      onHello(message.is_new);
      for (const one of waiting.splice(0)) socket.send(one);
    };
    socket.onclose = async () => {
      onState("lost");
      // A socket does not say why it was refused; an ordinary request does.
      const reply = await fetch("/", { method: "HEAD" }).catch(() => null);
      if (reply?.status === 403) onState("strange");
      setTimeout(connect, waitMs);
      waitMs = Math.min(2 * waitMs, MOST_WAIT_MS);
    };
  }

  connect();
  return {
    send(message) {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
      else if (message.kind !== "draw") waiting = [...waiting.slice(-20), text];
    },
  };
}

const decoder = new TextDecoder();

// A bundle: before each frame four bytes of length and one that says whether it has pixels.
function unpackAll(buffer) {
  const view = new DataView(buffer);
  const found = [];
  for (let place = 0; place < buffer.byteLength; ) {
    const size = view.getUint32(place, true);
    const hasPixels = view.getUint8(place + 4) === 1;
    place += 5;
    found.push(hasPixels ? unpack(buffer, place) : JSON.parse(decoder.decode(new Uint8Array(buffer, place, size))));
    place += size;
  }
  return found;
}

// A frame with pixels: four bytes of length, a JSON header, then pixels.
function unpack(buffer, at) {
  const size = new DataView(buffer).getUint32(at, true);
  const header = JSON.parse(decoder.decode(new Uint8Array(buffer, at + 4, size)));
  header.items = header.items.map((item) => ({
    ...item,
    pixels: new Uint8Array(buffer, at + 4 + size + item.offset, item.shape.reduce((a, b) => a * b, 1)),
  }));
  return header;
}
