// Rates, averages, gauges and the buffers' limit.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "liblb/core/counters.hpp"
#include "liblb/io/buffer_pool.hpp"

namespace hapair::lb::test {
namespace {

base::Instant at_ms(std::int64_t ms) { return base::from_ns(ms * 1'000'000); }

TEST_CASE("the rate is what came within the last second") {
  RateMeter meter;
  for (int i = 0; i < 10; ++i) meter.count(at_ms(5000 + i * 50));
  CHECK(meter.rate(at_ms(5999)) == 10);
  CHECK(meter.rate(at_ms(6500)) == 5);  // the window covers half of the second before
  CHECK(meter.rate(at_ms(7000)) == 0);
  CHECK(meter.max() == 10);
}

TEST_CASE("a rate forgets a second in which nothing came") {
  RateMeter meter;
  meter.count(at_ms(1000));
  meter.count(at_ms(9000));
  CHECK(meter.rate(at_ms(9000)) == 1);
}

TEST_CASE("an average follows its samples and keeps the highest") {
  TimeAverage average;
  average.record(std::chrono::milliseconds(10));
  average.record(std::chrono::milliseconds(20));
  CHECK(average.mean() == std::chrono::milliseconds(15));
  CHECK(average.max() == std::chrono::milliseconds(20));
  for (int i = 0; i < 20000; ++i) average.record(std::chrono::milliseconds(1));
  CHECK(average.mean() < std::chrono::microseconds(1001));
  CHECK(average.max() == std::chrono::milliseconds(20));
}

TEST_CASE("responses are counted by class") {
  ResponseClasses classes;
  for (unsigned status : {100U, 200U, 299U, 304U, 404U, 503U, 0U, 600U}) classes.count(status);
  CHECK(classes.counts() == std::array<std::uint64_t, 6>{1, 2, 1, 1, 1, 2});
}

struct Waiting {
  void on_task() noexcept { ++calls; }
  int calls = 0;
  Task task{event::Callback<>::to<&Waiting::on_task>(this)};
};

TEST_CASE("a quarter of the buffers is kept for work that has begun, half of it to end it") {
  const auto loop = event::EventLoop::create().value();
  WorkQueue work(*loop);
  BufferPool pool(work, 8);
  Waiting waiter;
  std::vector<Buffer> held;
  for (int i = 0; i < 6; ++i) {
    held.push_back(pool.acquire(BufferPool::Use::kBegin, waiter.task));
    CHECK(held.back());
  }
  CHECK_FALSE(pool.acquire(BufferPool::Use::kBegin, waiter.task));
  Waiting worker;
  held.push_back(pool.acquire(BufferPool::Use::kContinue, worker.task));
  CHECK(held.back());
  CHECK_FALSE(pool.acquire(BufferPool::Use::kContinue, worker.task));
  Waiting sender;
  held.push_back(pool.acquire(BufferPool::Use::kFinish, sender.task));
  CHECK(held.back());
  CHECK_FALSE(pool.acquire(BufferPool::Use::kFinish, sender.task));
  CHECK(pool.in_use() == 8);
  const auto calls = [&] { return std::array{sender.calls, worker.calls, waiter.calls}; };
  held.pop_back();
  loop->run_once();
  CHECK(calls() == std::array{1, 0, 0});
  held.pop_back();
  loop->run_once();
  CHECK(calls() == std::array{1, 1, 0});
  held.clear();
  loop->run_once();
  CHECK(calls() == std::array{1, 1, 1});
  CHECK(pool.in_use() == 0);
  CHECK(pool.refusals() == 3);
}

TEST_CASE("who waits for a buffer is called in order, once each") {
  const auto loop = event::EventLoop::create().value();
  WorkQueue work(*loop);
  BufferPool pool(work, 4);
  Waiting first;
  Waiting second;
  std::vector<Buffer> held;
  for (int i = 0; i < 4; ++i) held.push_back(pool.acquire(BufferPool::Use::kFinish, first.task));
  CHECK_FALSE(pool.acquire(BufferPool::Use::kFinish, first.task));
  CHECK_FALSE(pool.acquire(BufferPool::Use::kFinish, second.task));
  held.pop_back();
  loop->run_once();
  CHECK(first.calls == 1);
  CHECK(second.calls == 0);
}

TEST_CASE("who waits for a turn anyway keeps it") {
  const auto loop = event::EventLoop::create().value();
  WorkQueue work(*loop);
  BufferPool pool(work, 4);
  Waiting waiter;
  std::vector<Buffer> held;
  for (int i = 0; i < 4; ++i) held.push_back(pool.acquire(BufferPool::Use::kFinish, waiter.task));
  work.add(waiter.task);
  CHECK_FALSE(pool.acquire(BufferPool::Use::kFinish, waiter.task));
  loop->run_once();
  CHECK(waiter.calls == 1);
}

TEST_CASE("who waits to begin does not use up the call of who goes on") {
  const auto loop = event::EventLoop::create().value();
  WorkQueue work(*loop);
  BufferPool pool(work, 4);
  Waiting newcomer;
  Waiting worker;
  std::vector<Buffer> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(pool.acquire(BufferPool::Use::kContinue, worker.task));
  }
  CHECK_FALSE(pool.acquire(BufferPool::Use::kBegin, newcomer.task));
  CHECK_FALSE(pool.acquire(BufferPool::Use::kContinue, worker.task));
  held.pop_back();
  loop->run_once();
  CHECK(worker.calls == 1);
  CHECK(newcomer.calls == 0);
  held.pop_back();
  loop->run_once();
  CHECK(newcomer.calls == 1);
}

TEST_CASE("a call that was not made use of is not lost for the others") {
  const auto loop = event::EventLoop::create().value();
  WorkQueue work(*loop);
  BufferPool pool(work, 4);
  std::array<Waiting, 3> waiters;
  std::vector<Buffer> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(pool.acquire(BufferPool::Use::kFinish, waiters[0].task));
  }
  for (Waiting& waiter : waiters) {
    CHECK_FALSE(pool.acquire(BufferPool::Use::kFinish, waiter.task));
  }
  held.clear();
  loop->run_once();
  for (const Waiting& waiter : waiters) CHECK(waiter.calls == 1);
}

}  // namespace
}  // namespace hapair::lb::test
