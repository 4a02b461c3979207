#include "core/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/rng.h"

namespace manybody::core {
namespace {

TEST(Pool, every_index_is_visited_once_for_any_count_and_threads) {
  for (int threads : {1, 2, 3, 8}) {
    Pool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int n : {0, 1, 2, 7, 64, 1001}) {
      std::vector<std::atomic<int>> visits(n);
      pool.split(n, [&](int begin, int end, int thread) {
        EXPECT_GE(thread, 0);
        EXPECT_LT(thread, threads);
        for (int i = begin; i < end; ++i) ++visits[i];
      });
      for (int i = 0; i < n; ++i) EXPECT_EQ(visits[i].load(), 1) << i << " of " << n << ", threads " << threads;
    }
  }
}

TEST(Pool, results_by_index_do_not_depend_on_threads) {
  auto work = [](int threads) {
    Pool pool(threads);
    std::vector<double> out(500);
    for (int round = 0; round < 20; ++round) {
      pool.split(500, [&](int begin, int end, int) {
        for (int i = begin; i < end; ++i) out[i] = std::sin(out[i]) + Rng(round, i).normal();
      });
    }
    return out;
  };
  const std::vector<double> one = work(1);
  for (int threads : {2, 3, 5}) EXPECT_EQ(work(threads), one);
}

TEST(Pool, shared_indices_are_done_once_each_when_share_returns_between_splits) {
  for (int threads : {1, 2, 5}) {
    Pool pool(threads);
    for (int round = 0; round < 2000; ++round) {
      const int n = round % 9;
      std::vector<std::atomic<int>> visits(n);
      pool.share(n, [&](int index, int thread) {
        EXPECT_GE(thread, 0);
        EXPECT_LT(thread, threads);
        ++visits[index];
      });
      for (int i = 0; i < n; ++i) ASSERT_EQ(visits[i].load(), 1) << i << " of " << n << ", threads " << threads;
      if (round % 3 != 0) continue;
      std::atomic<int> sum{0};
      pool.split(10, [&](int begin, int end, int) {
        for (int i = begin; i < end; ++i) sum += i;
      });
      ASSERT_EQ(sum.load(), 45);
    }
  }
}

TEST(Pool, an_exception_of_a_shared_index_is_thrown_to_the_caller_after_all_are_done) {
  Pool pool(3);
  for (int bad : {0, 50, 99}) {
    std::atomic<int> count{0};
    EXPECT_THROW(pool.share(100,
                            [&](int index, int) {
                              ++count;
                              if (index == bad) throw std::runtime_error("index");
                            }),
                 std::runtime_error);
    EXPECT_EQ(count.load(), 100);
  }
}

TEST(Pool, all_parts_are_done_when_split_returns) {
  Pool pool(4);
  for (int round = 0; round < 2000; ++round) {
    std::atomic<int> sum{0};
    pool.split(10, [&](int begin, int end, int) {
      for (int i = begin; i < end; ++i) sum += i;
    });
    ASSERT_EQ(sum.load(), 45);
  }
}

TEST(Pool, an_exception_of_any_part_is_thrown_to_the_caller_and_the_pool_lives_on) {
  Pool pool(3);
  for (int bad : {0, 50, 99}) {
    EXPECT_THROW(pool.split(100,
                            [&](int begin, int end, int) {
                              if (begin <= bad && bad < end) throw std::runtime_error("part");
                            }),
                 std::runtime_error);
    std::atomic<int> count{0};
    pool.split(100, [&](int begin, int end, int) { count += end - begin; });
    EXPECT_EQ(count.load(), 100);
  }
}

TEST(Pool, work_that_calls_a_pool_of_the_same_size_does_that_work_itself) {
  Pool outer(3), inner(3);
  std::atomic<int> parts{0}, indices{0};
  outer.split(3, [&](int, int, int) {
    inner.split(7, [&](int begin, int end, int) { parts += end - begin; });
    inner.share(5, [&](int, int thread) {
      EXPECT_EQ(thread, 0);
      ++indices;
    });
    EXPECT_THROW(inner.split(3, [](int, int, int) { throw std::runtime_error("part"); }), std::runtime_error);
  });
  EXPECT_EQ(parts.load(), 21);
  EXPECT_EQ(indices.load(), 15);
}

TEST(Pool, two_threads_may_each_have_a_pool_of_the_same_size) {
  std::atomic<int64_t> sum{0};
  auto work = [&] {
    Pool pool(3);
    for (int round = 0; round < 3000; ++round) {
      pool.split(10, [&](int begin, int end, int) { sum += end - begin; });
      pool.share(4, [&](int, int) { ++sum; });
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(sum.load(), 2 * 3000 * 14);
}

TEST(Pool, zero_threads_means_the_processors_of_the_process) {
  EXPECT_GE(available_processors(), 1);
  EXPECT_EQ(Pool(0).threads(), available_processors());
}

}  // namespace
}  // namespace manybody::core
