// Shares: every unit is taken once, whoever is slow.
#include "../shares.h"

#include <barrier>
#include <thread>

#include "bench.h"

namespace seedbed::tests {
namespace {

using Piece = Shares::Piece;

TEST(shares_give_each_unit_once) {
    constexpr int kThreads = 4, kRounds = 2000;
    constexpr int64_t kUnits[] = {0, 1, 3, 4, 7, 64, 1000};
    constexpr Piece kPieces[] = {Piece::one, Piece::one_from_the_end, Piece::many};
    Shares shares(2, kThreads);
    std::vector<std::atomic<int>> taken(1000);
    std::atomic<int> wrong = 0;
    std::barrier meet(kThreads);
    const auto work = [&](int thread) {
        for (int round = 1; round <= kRounds; ++round) {
            const int64_t units = kUnits[round % 7];
            // A thread that comes late in each round finds some of its share gone.
            if (round % kThreads == thread) std::this_thread::yield();
            for (;;) {
                const Units some = shares.take(1, static_cast<uint64_t>(round), units, thread, kPieces[round % 3]);
                if (some.none()) break;
                for (int64_t unit = some.begin; unit < some.end; ++unit) ++taken[static_cast<size_t>(unit)];
            }
            meet.arrive_and_wait();
            for (int64_t unit = thread; unit < 1000; unit += kThreads)
                if (taken[static_cast<size_t>(unit)].exchange(0) != (unit < units)) ++wrong;
            meet.arrive_and_wait();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) threads.emplace_back(work, thread);
    }
    CHECK(wrong == 0, wrong.load(), " units were not taken exactly once");
}

// What the others have not begun is done by who is there: from the far end of their shares.
TEST(shares_of_those_who_are_late) {
    Shares shares(1, 3);
    std::vector<int64_t> order;
    for (;;) {
        const Units one = shares.take(0, 1, 9, 1, Piece::one);
        if (one.none()) break;
        CHECK(one.end == one.begin + 1, "took ", one.end - one.begin, " units at once");
        order.push_back(one.begin);
    }
    CHECK((order == std::vector<int64_t>{3, 4, 5, 8, 7, 6, 2, 1, 0}), "taken in another order");
    CHECK(shares.take(0, 1, 9, 0, Piece::one).none(), "units were given twice");
    const Units next = shares.take(0, 2, 9, 0, Piece::one_from_the_end);
    CHECK(next.begin == 2 && next.end == 3, "the next round begins at ", next.begin);
    shares.reset(3);
    CHECK(!shares.take(0, 1, 9, 2, Piece::many).none(), "nothing left after a reset");
}

}  // namespace
}  // namespace seedbed::tests
