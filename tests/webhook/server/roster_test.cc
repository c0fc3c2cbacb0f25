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
  FakeConnection(Roster& roster, ConnectionTable::Ticket ticket, std::string name, std::string& cut)
      : Entry(roster, std::move(ticket)), name_(std::move(name)), cut_(cut) {}
  using Entry::Prove;

 private:
  void Cut() override { cut_ += name_; }
  void Dismiss() override { cut_ += '(' + name_ + ')'; }

  const std::string name_;
  std::string& cut_;
};

struct Fixture {
  std::unique_ptr<FakeConnection> Add(std::string name) {
    auto ticket = table.Admit({}, 0).ticket;
    return std::make_unique<FakeConnection>(roster, std::move(ticket).value(), std::move(name),
                                            cut);
  }

  // Cuts whom the table makes leave; "-" where it is nobody.
  std::string Evict(int times) {
    for (int i = 0; i < times; ++i) {
      const auto leaver = table.MakeRoom();
      if (leaver) roster.Cut(leaver->id);
      if (!leaver) cut += '-';
    }
    return cut;
  }

  ConnectionTable table{{.in_all = 100, .from_one_address = 100}};
  std::string cut;         // names in the order of their end
  std::vector<int> wakes;  // asked for, ms
  Roster roster{[this](SteadyClock::time_point time) {
    wakes.push_back(
        static_cast<int>(std::chrono::duration_cast<milliseconds>(time - kStart).count()));
  }};
};

TEST_CASE_FIXTURE(Fixture, "a proven connection leaves only while it is at rest") {
  const auto a = Add("a");
  a->Prove();
  CHECK(Evict(1) == "-");
  a->Enter(Phase::kReceiving, At(1000));
  CHECK(Evict(1) == "--");
  a->Enter(Phase::kIdle, At(1000));
  a->Enter(Phase::kAnswering, At(1000));
  CHECK(Evict(1) == "---");
  a->Enter(Phase::kHangingUp, At(1000));
  CHECK(Evict(1) == "---a");
}

TEST_CASE_FIXTURE(Fixture, "who is gone already can't be cut") {
  auto a = Add("a");
  const auto b = Add("b");
  const auto leaver = table.MakeRoom();
  a.reset();
  roster.Cut(leaver->id);
  CHECK(cut.empty());
}

TEST_CASE_FIXTURE(Fixture, "one whose deadline has passed is not made to leave as well") {
  const auto a = Add("a");
  const auto b = Add("b");
  a->Enter(Phase::kHandshake, At(10));
  roster.CutExpired(At(20));
  CHECK(Evict(2) == "ab-");
}

TEST_CASE_FIXTURE(Fixture, "a connection is cut only once") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(10));
  CHECK(Evict(2) == "a-");
  roster.CutExpired(At(20));
  CHECK(cut == "a-");
}

TEST_CASE_FIXTURE(Fixture, "those whose deadline has passed are cut") {
  const auto a = Add("a");
  const auto b = Add("b");
  a->Enter(Phase::kHandshake, At(100));
  b->Enter(Phase::kHandshake, At(200));
  roster.CutExpired(At(99));
  CHECK(cut.empty());
  roster.CutExpired(At(100));
  CHECK(cut == "a");
  roster.CutExpired(At(300));
  CHECK(cut == "ab");
}

TEST_CASE_FIXTURE(Fixture, "a wake-up is asked for only when it is sooner than the one to come") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(500));
  a->Enter(Phase::kIdle, At(9000));
  a->Enter(Phase::kReceiving, At(700));
  CHECK(wakes == std::vector{500});
  a->Enter(Phase::kAnswering, At(300));
  CHECK(wakes == std::vector{500, 300});
  roster.CutExpired(At(250));
  CHECK(wakes == std::vector{500, 300, 300});
}

TEST_CASE_FIXTURE(Fixture, "deadlines close together share a wake-up") {
  const auto a = Add("a");
  a->Enter(Phase::kHandshake, At(101));
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
  CHECK(roster.size() == 1);
  Evict(1);
  CHECK(roster.size() == 1);
  a.reset();
  CHECK(roster.size() == 0);
  CHECK(table.count() == 0);
}

TEST_CASE_FIXTURE(Fixture, "DismissIdle dismisses those that are idle, and no others") {
  const auto idle = Add("a");
  const auto busy = Add("b");
  const auto shaking = Add("c");
  idle->Enter(Phase::kIdle, At(1000));
  busy->Enter(Phase::kReceiving, At(1000));
  roster.DismissIdle();
  CHECK(cut == "(a)");
}

}  // namespace
}  // namespace railhook
