// What a person sees who points at a term.
export const TERMS = {
  "learning rate": {
    en: "How far each step goes against the gradient. Too small: nothing happens. Too large: the loss grows or is no number any more.",
    ko: "한 스텝에서 기울기의 반대 방향으로 얼마나 움직이는지. 너무 작으면 학습이 되지 않고, 너무 크면 손실이 커지거나 수가 아니게 됩니다.",
  },
  "batch size": {
    en: "Images that are averaged for one step. Smaller batches: more steps an epoch, and more noise in each.",
    ko: "한 스텝에서 평균을 내는 이미지 수. 작을수록 에폭당 스텝이 많고 스텝마다 잡음이 큽니다.",
  },
  optimizer: { en: "The rule that turns gradients into steps.", ko: "기울기를 스텝으로 바꾸는 규칙." },
  loss: { en: "What training makes small; here the mean for one image.", ko: "학습이 줄이려는 값. 여기서는 이미지 한 장당 평균." },
  error: { en: "Percent of all test images that get a wrong answer.", ko: "전체 시험 이미지 중 틀린 답의 비율(%)." },
  epoch: { en: "Every training image once.", ko: "모든 학습 이미지를 한 번씩 보는 것." },
  seeds: {
    en: "The same recipe with other random numbers: first weights, order of images, dropout. Where the runs differ, it was luck.",
    ko: "같은 설정을 다른 난수로 학습한 것: 초기 가중치, 이미지 순서, 드롭아웃. 실행끼리의 차이는 운입니다.",
  },
  "gradient share": {
    en: "The size of the gradient at this layer, as a part of all layers together. Where it vanishes, the layer hardly learns.",
    ko: "모든 층의 기울기 크기 중 이 층이 차지하는 몫. 사라지면 그 층은 거의 배우지 않습니다.",
  },
  spread: {
    en: "What enters the activation: mean ± standard deviation over a batch, and its histogram.",
    ko: "활성화 함수에 들어가는 값: 배치에 대한 평균 ± 표준편차와 히스토그램.",
  },
  dead: { en: "Units that answer no image of the batch at all: no gradient passes them.", ko: "배치의 어떤 이미지에도 반응하지 않는 유닛: 기울기가 지나가지 못합니다." },
  saturated: { en: "Units that sit at an end of their activation for all images: hardly any gradient passes them.", ko: "모든 이미지에서 활성화 함수의 끝에 머무는 유닛: 기울기가 거의 지나가지 못합니다." },
  confusion: { en: "Rows: what the image is. Columns: what the network says. The diagonal is right.", ko: "행: 실제 클래스. 열: 네트워크의 답. 대각선이 정답입니다." },
  lesion: { en: "Switch a unit off: no later layer hears of it. Below stands what the whole test set loses.", ko: "유닛 하나를 끄면 다음 층은 그 유닛의 값을 받지 못합니다. 아래에 시험 집합 전체의 손해가 나옵니다." },
  verdict: {
    en: "A sequential test over pairs of runs with the same seed that have reached their last epoch. It stays valid however often you look: at most 5% of all experiments without a difference get a wrong verdict.",
    ko: "마지막 에폭에 도달한, 시드가 같은 실행 쌍에 대한 순차 검정. 몇 번을 들여다보아도 유효합니다. 차이가 없는 실험에서 잘못된 판정은 많아야 5%입니다.",
  },
  intervention: { en: "Somebody reached in while it trained (learning rate, a taught digit, a weight): such a run counts in no comparison.", ko: "학습 중에 사람이 개입한 실행(학습률, 가르친 숫자, 가중치)은 어떤 비교에도 쓰이지 않습니다." },
  augmentation: { en: "Random changes of the training images, new in every epoch.", ko: "에폭마다 새로 하는 학습 이미지의 무작위 변형." },
  "weight decay": { en: "Pulls weights towards 0 in every step.", ko: "스텝마다 가중치를 0 쪽으로 당깁니다." },
  "data dose": { en: "The part of the training images that is used, as many of each class as its share is.", ko: "쓰는 학습 이미지의 비율. 클래스마다 같은 비율로 고릅니다." },
  "label noise": { en: "The part of the training images whose label is wrong: another class, drawn at random. The test images stay right.", ko: "레이블이 틀린 학습 이미지의 비율. 다른 클래스를 무작위로 붙입니다. 시험 이미지는 그대로입니다." },
  schedule: { en: "How the learning rate changes over the run.", ko: "실행 동안 학습률이 변하는 방식." },
  init: { en: "How the first weights are drawn.", ko: "초기 가중치를 뽑는 방식." },
};
