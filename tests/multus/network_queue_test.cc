#include "multus/network_queue.h"

#include <doctest/doctest.h>

#include <utility>

namespace railhook {
namespace {

using namespace std::chrono_literals;

NetworkTask TaskOf(const std::string& name, std::uint64_t inputs = 1) {
  return {"ns", name, {name}, "", false, inputs};
}

NetworkOutcome Refused() { return {NetworkMove::kNothing, {{"a", "u", "it is b's"}}}; }
Result<NetworkOutcome> Failed() { return Fail(ErrorCode::kUnavailable, "no answer"); }

struct Fixture {
  NetworkQueue queue;
  NetworkQueue::TimePoint now{};

  // The name of the task that is handed out when `tasks` are put, or "".
  std::string Next(std::vector<NetworkTask> tasks) {
    queue.Put(std::move(tasks), now);
    const auto task = queue.Take();
    return task ? task->name : "";
  }
  bool IsReady(NetworkTask task) {
    queue.Put({std::move(task)}, now);
    return queue.ready();
  }
  void Finish(const NetworkTask& task, Result<NetworkOutcome> outcome) {
    queue.Finish(task, std::move(outcome), now);
  }
};

TEST_CASE_FIXTURE(Fixture, "each task is handed out once while it is under way") {
  CHECK(Next({TaskOf("a"), TaskOf("b")}) == "a");
  CHECK(Next({TaskOf("a", 2), TaskOf("b")}) == "b");
  CHECK(Next({TaskOf("a", 2), TaskOf("b")}).empty());
}

TEST_CASE_FIXTURE(Fixture, "what changed meanwhile is looked at again") {
  CHECK(Next({TaskOf("a", 1)}) == "a");
  CHECK(Next({TaskOf("a", 2)}).empty());
  Finish(TaskOf("a", 1), NetworkOutcome{});
  CHECK(Next({TaskOf("a", 2)}) == "a");
}

TEST_CASE_FIXTURE(Fixture, "what was written waits until the watch tells of it, but not for ever") {
  CHECK(Next({TaskOf("a")}) == "a");
  Finish(TaskOf("a"), NetworkOutcome{NetworkMove::kCreate, {}});
  CHECK(Next({TaskOf("a")}).empty());
  CHECK(queue.waiting());
  now += 3s;
  CHECK(Next({TaskOf("a")}) == "a");
}

TEST_CASE_FIXTURE(Fixture, "what was refused waits until something changes") {
  CHECK(Next({TaskOf("a")}) == "a");
  Finish(TaskOf("a"), Refused());
  CHECK(queue.refused() == 1);
  CHECK(queue.Refusals().at(0).second.why == "it is b's");
  CHECK_FALSE(queue.waiting());
  now += 24h;
  CHECK(Next({TaskOf("a", 1)}).empty());
  CHECK(Next({TaskOf("a", 2)}) == "a");
  Finish(TaskOf("a", 2), NetworkOutcome{NetworkMove::kCreate, {}});
  CHECK(queue.refused() == 0);
}

TEST_CASE_FIXTURE(Fixture, "what failed is tried again after pauses that grow to half a minute") {
  std::chrono::milliseconds pause = 0ms;
  for (int failures = 1; failures < 15; ++failures) {
    CHECK(Next({TaskOf("a")}) == "a");
    Finish(TaskOf("a"), Failed());
    CHECK(queue.failure() == "no answer");
    const auto before = std::exchange(pause, 0ms);
    for (; !IsReady(TaskOf("a")); pause += 100ms) now += 100ms;
    CHECK(pause >= before);
  }
  CHECK(pause == 30s);
}

TEST_CASE_FIXTURE(Fixture, "a conflict is tried again and is no failure") {
  CHECK(Next({TaskOf("a")}) == "a");
  Finish(TaskOf("a"), Fail(ErrorCode::kConflict, "modified"));
  CHECK(queue.failure().empty());
  now += 1s;
  CHECK(Next({TaskOf("a")}) == "a");
}

TEST_CASE_FIXTURE(Fixture, "what needs no look any more is forgotten") {
  queue.Put({TaskOf("a"), TaskOf("b")}, now);
  CHECK(Next({TaskOf("b")}) == "b");
  Finish(TaskOf("b"), Failed());
  CHECK(Next({}).empty());
  CHECK(queue.failure().empty());
  CHECK_FALSE(queue.waiting());
}

}  // namespace
}  // namespace railhook
