#include "webhook/server/roster.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace railhook {
namespace {

using std::chrono::milliseconds;

const auto kStart = SteadyClock::time_point() + std::chrono::hours(1);

SteadyClock::time_point At(int ms) { return kStart + milliseconds(ms); }

class FakeConnection : public Roster::Entry {
 public:
  FakeConnection(Roster& roster, std::string name, std::string& cut)
      : Entry(roster), name_(std::move(name)), cut_(cut) {}

 private:
  void Cut() override { cut_ += name_; }
  void Dismiss() override { cut_ += '(' + name_ + ')'; }

  const std::string name_;
  std::string& cut_;
};

struct Fixture {
  std::unique_ptr<FakeConnection> Add(std::string name) {
    return std::make_unique<FakeConnection>(roster, std::move(name), cut);
  }

  std::unique_ptr<FakeConnection> AddIdle(std::string name, int since) {
    auto connection = Add(std::move(name));
    connection->Prove();
    connection->Enter(Phase::kIdle, At(since), At(1'000'000));
    return connection;
  }

  std::string Evict(int times) {
    for (int i = 0; i < times; ++i) cut += roster.EvictOne() ? "" : "-";
    return cut;
  }

  std::string cut;         // names in the order of their end
  std::vector<int> wakes;  // asked for, ms
  Roster roster{[this](SteadyClock::time_point time) {
    wakes.push_back(
        static_cast<int>(std::chrono::duration_cast<milliseconds>(time - kStart).count()));
  }};
};

TEST_CASE_FIXTURE(Fixture, "the oldest unproven connection goes first, then the longest idle one") {
  const auto a = AddIdle("a", 30);
  const auto b = Add("b");
  const auto c = AddIdle("c", 10);
  const auto d = Add("d");
  d->Enter(Phase::kReceiving, At(0), At(1000));
  CHECK(Evict(4) == "bdca");
}

TEST_CASE_FIXTURE(Fixture, "a proven connection is not evicted in the middle of a request") {
  const auto a = AddIdle("a", 0);
  a->Enter(Phase::kReceiving, At(1), At(1000));
  CHECK(Evict(1) == "-");
  a->Enter(Phase::kAnswering, At(2), At(1000));
  CHECK(Evict(1) == "--");
  a->Enter(Phase::kHangingUp, At(3), At(1000));
  CHECK(Evict(1) == "--a");
}

TEST_CASE_FIXTURE(Fixture, "a connection is cut only once") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(0), At(10));
  CHECK(Evict(2) == "a-");
  roster.CutExpired(At(20));
  CHECK(cut == "a-");
}

TEST_CASE_FIXTURE(Fixture, "those whose deadline has passed are cut") {
  const auto a = Add("a");
  const auto b = Add("b");
  a->Enter(Phase::kHandshake, At(0), At(100));
  b->Enter(Phase::kHandshake, At(0), At(200));
  roster.CutExpired(At(99));
  CHECK(cut.empty());
  roster.CutExpired(At(100));
  CHECK(cut == "a");
  roster.CutExpired(At(300));
  CHECK(cut == "ab");
}

TEST_CASE_FIXTURE(Fixture, "a wake-up is asked for only when it is sooner than the one to come") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(0), At(500));
  a->Enter(Phase::kIdle, At(0), At(9000));
  a->Enter(Phase::kReceiving, At(0), At(700));
  CHECK(wakes == std::vector{500});
  a->Enter(Phase::kAnswering, At(0), At(300));
  CHECK(wakes == std::vector{500, 300});
  roster.CutExpired(At(250));
  CHECK(wakes == std::vector{500, 300, 300});
}

TEST_CASE_FIXTURE(Fixture, "deadlines close together share a wake-up") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(0), At(101));
  roster.CutExpired(At(100));
  CHECK(wakes == std::vector{101, 120});
}

TEST_CASE_FIXTURE(Fixture, "without connections nothing wakes") {
  { const auto a = Add("a"); }
  roster.CutExpired(At(0));
  CHECK(wakes.empty());
  CHECK(Evict(1) == "-");
}

TEST_CASE_FIXTURE(Fixture, "the counts") {
  auto a = Add("a");
  auto b = Add("b");
  CHECK(roster.size() == 2);
  CHECK(roster.unproven() == 2);
  a->Prove();
  a->Prove();
  CHECK(roster.unproven() == 1);
  Evict(1);
  CHECK(roster.unproven() == 0);
  b.reset();
  a.reset();
  CHECK(roster.size() == 0);
  CHECK(roster.unproven() == 0);
}

TEST_CASE("DismissIdle dismisses those that are idle, and no others") {
  Fixture fixture;
  const auto idle = fixture.AddIdle("a", 1);
  const auto busy = fixture.AddIdle("b", 2);
  busy->Enter(Phase::kReceiving, At(3), At(1000));
  const auto shaking = fixture.Add("c");
  fixture.roster.DismissIdle();
  CHECK(fixture.cut == "(a)");
}

}  // namespace
}  // namespace railhook
