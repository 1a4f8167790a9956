// How threads share the units of an operation. Each has an equal share of its own to begin with, so that values stay in
// the caches where they are; a thread that has nothing left takes from the far end of what another has left. So no
// thread waits for a core that does other work as well. Who computes a unit leaves no trace in its bits.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

namespace seedbed {

struct Units {
    int64_t begin = 0, end = 0;
    bool none() const { return begin >= end; }
};

// Most units that one operation may have.
constexpr int64_t kMaxUnits = int64_t{1} << 24;

class Shares {
  public:
    // Of operations that are shared at the same time there are at most `tasks`.
    Shares(size_t tasks, int threads) : threads_(threads), places_(tasks * static_cast<size_t>(threads)) {}

    // Forgets all rounds and shares among so many threads from here on, at most those it was made for; none may be at work.
    void reset(int threads) {
        threads_ = threads;
        for (Place& place : places_) place.left = 0;
    }

    int threads() const { return threads_; }
    Units share_of(int owner, int64_t units) const { return {owner * units / threads_, (owner + 1) * units / threads_}; }

    enum class Piece { one, one_from_the_end, many };

    // Some units that nobody has taken; none if there are none left. Threads call this with rounds that count from 1 for
    // each task, and meet between two rounds of a task.
    Units take(size_t task, uint64_t round, int64_t units, int thread, Piece piece) {
        for (int i = 0; i < threads_; ++i) {
            const Units taken = take_from((thread + i) % threads_, task, round, units, i == 0, piece);
            if (!taken.none()) return taken;
        }
        return {};
    }

  private:
    // A cache line of its own for each: round, begin and end of what is left, in 16, 24 and 24 bits.
    struct alignas(64) Place {
        std::atomic<uint64_t> left{0};
    };

    static uint64_t packed(uint64_t round, Units left) {
        return (round & 0xFFFF) << 48 | static_cast<uint64_t>(left.begin) << 24 | static_cast<uint64_t>(left.end);
    }

    // The barrier between stages orders the data; here only who takes what is to be settled.
    Units take_from(int owner, size_t task, uint64_t round, int64_t units, bool own, Piece piece) {
        std::atomic<uint64_t>& place = places_[task * static_cast<size_t>(threads_) + static_cast<size_t>(owner)].left;
        const Units share = share_of(owner, units);
        uint64_t seen = place.load(std::memory_order_relaxed);
        for (;;) {
            // What an earlier round left stands for the whole share.
            const bool fresh = seen >> 48 != (round & 0xFFFF);
            Units left = share;
            if (!fresh) left = {static_cast<int64_t>(seen >> 24 & 0xFFFFFF), static_cast<int64_t>(seen & 0xFFFFFF)};
            if (left.none() && !fresh) return {};
            Units taken = left;
            if (!left.none()) {
                const int64_t count = piece == Piece::many ? piece_of(left, share) : 1;
                if (own != (piece == Piece::one_from_the_end))
                    taken.end = left.begin = taken.begin + count;
                else
                    taken.begin = left.end = taken.end - count;
            }
            if (place.compare_exchange_weak(seen, packed(round, left), std::memory_order_relaxed)) return taken;
        }
    }

    // Half of what is left, but not less than a quarter of the share: each piece reads the whole input anew.
    int64_t piece_of(Units left, Units share) const {
        if (threads_ == 1) return left.end - left.begin;
        const int64_t count = left.end - left.begin, half = (count + 1) / 2, least = (share.end - share.begin + 3) / 4;
        return half > least ? half : least < count ? least : count;
    }

    int threads_;
    std::vector<Place> places_;
};

}  // namespace seedbed
