#include "certs/rotation_step.h"

#include <doctest/doctest.h>

#include <string_view>

namespace railhook {
namespace {

using namespace std::chrono_literals;

constexpr std::time_t kNow = 1'800'000'000;
constexpr std::time_t kDay = 86'400;
constexpr RotationPauses kPauses;

Term Made(std::time_t days_ago, std::time_t life_in_days) {
  const std::time_t made = kNow - days_ago * kDay;
  return {made - 3600, made + life_in_days * kDay, 0};
}

Term Leaf(std::time_t days_ago) { return Made(days_ago, 90); }
Term Ca(std::time_t days_ago) { return Made(days_ago, 365); }

SecretFacts Own(Term leaf, Term ca, std::optional<Term> next = std::nullopt, bool old = false) {
  return {leaf, SecretFacts::Authorities{ca, next, old}};
}

constexpr CaBundleState Published(std::chrono::milliseconds since) { return {true, since}; }
constexpr CaBundleState Unpublished(std::chrono::milliseconds since) { return {false, since}; }

RotationStep Next(const SecretFacts& facts, const CaBundleState& bundle, std::time_t now = kNow) {
  return NextStep(facts, bundle, Lifetimes{}, kPauses, now);
}

TEST_CASE("what is to be done follows from the Secret, the caBundle and the time") {
  using enum RotationStep;
  const auto ages = Published(1000h);
  const struct {
    std::string_view name;
    SecretFacts facts;
    CaBundleState bundle;
    RotationStep want;
  } cases[] = {
      {"all is young", Own(Leaf(1), Ca(1)), ages, kNone},
      {"just before two thirds", Own(Leaf(59), Ca(243)), ages, kNone},
      {"an old leaf", Own(Leaf(60), Ca(60)), ages, kRenewLeaf},
      {"an old leaf needs no caBundle", Own(Leaf(60), Ca(60)), Unpublished(0s), kRenewLeaf},
      {"an old CA", Own(Leaf(3), Ca(244)), ages, kMakeNextCa},
      {"an old CA and an old leaf: the next CA signs the next leaf", Own(Leaf(60), Ca(244)), ages,
       kMakeNextCa},
      {"the next CA is there, and not in the caBundle", Own(Leaf(3), Ca(244), Ca(0)),
       Unpublished(1000h), kNone},
      {"in the caBundle, and not settled", Own(Leaf(3), Ca(244), Ca(0)), Published(29'999ms),
       kNone},
      {"in the caBundle, and settled", Own(Leaf(3), Ca(244), Ca(0)), Published(30s), kUseNextCa},
      {"an old leaf waits for the next CA", Own(Leaf(60), Ca(244), Ca(0)), Published(1s), kNone},
      {"unless it ends before", Own(Leaf(73), Ca(244), Ca(0)), Unpublished(1s), kRenewLeaf},
      {"the next CA is used, and the old one is still there", Own(Leaf(0), Ca(1), {}, true),
       Published(14min), kNone},
      {"nobody can need the old one any more", Own(Leaf(0), Ca(1), {}, true), Published(15min),
       kDropOldCas},
      {"the old one stays while the caBundle isn't right", Own(Leaf(0), Ca(1), {}, true),
       Unpublished(1000h), kNone},
      {"meanwhile leaves are renewed", Own(Leaf(61), Ca(70), {}, true), Unpublished(1s),
       kRenewLeaf},
      {"and no third CA is made", Own(Leaf(3), Ca(300), {}, true), Unpublished(1s), kNone},
      {"a next CA that was never used and is old itself", Own(Leaf(3), Ca(360), Ca(250)), ages,
       kMakeNextCa},
      {"a leaf that can last no longer than it does", Own(Made(70, 75), Made(360, 365), Ca(0)),
       Unpublished(0s), kNone},
      {"somebody else's, however old", SecretFacts{Leaf(89), {}}, ages, kNone},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Next(c.facts, c.bundle) == c.want);
  }
}

TEST_CASE("a clock that jumps makes nothing worse than a renewal") {
  using enum RotationStep;
  const auto young = Own(Leaf(1), Ca(1));
  CHECK(Next(Own(Leaf(0), Ca(0)), {}, kNow - 3600) == kNone);       // back, but both are valid
  CHECK(Next(Own(Leaf(0), Ca(9)), {}, kNow - kDay) == kRenewLeaf);  // nobody accepts this one yet
  CHECK(Next(Own(Leaf(0), Ca(9), Ca(1)), {}, kNow - kDay) == kRenewLeaf);
  CHECK(Next(Own(Leaf(0), Ca(0)), {}, kNow - kDay) == kMakeNextCa);  // nor its CA
  CHECK(Next(young, Published(0s), kNow + 62 * kDay) == kRenewLeaf);
  CHECK(Next(young, Published(0s), kNow + 250 * kDay) == kMakeNextCa);
  const auto settling = Own(Leaf(1), Ca(244), Ca(0));
  CHECK(Next(settling, Published(1s), kNow + 10 * kDay) == kNone);  // pauses have another clock
  CHECK(Next(Own(Leaf(0), Ca(1), {}, true), Published(1s), kNow + 10 * kDay) == kNone);
}

TEST_CASE("shorter lifetimes count at once") {
  const Lifetimes minutes{10min, 20min};
  const auto facts = Own(Leaf(1), Ca(1));
  CHECK(NextStep(facts, {}, minutes, kPauses, kNow) == RotationStep::kMakeNextCa);
  CHECK(NextStep(Own(Leaf(1), Ca(0)), {}, minutes, kPauses, kNow) == RotationStep::kRenewLeaf);
}

TEST_CASE("pauses shrink with the life of leaves, and never grow") {
  const auto usual = kPauses.For(Lifetimes{});
  CHECK(usual.settle == 30s);
  CHECK(usual.fade == 15min);
  const auto quick = kPauses.For({60s, 120s});
  CHECK(quick.settle == 3s);
  CHECK(quick.fade == 6s);
}

// The whole of it, with a leader that is lost between any two steps: what the next one has is the
// Secret alone, and its pauses begin anew.
TEST_CASE("whoever leads, a rotation gets to its end and never takes a step too soon") {
  using enum RotationStep;
  const std::pair<SecretFacts, RotationStep> stages[] = {
      {Own(Leaf(30), Ca(244)), kMakeNextCa},
      {Own(Leaf(30), Ca(244), Ca(0)), kUseNextCa},
      {Own(Leaf(0), Ca(0), {}, true), kDropOldCas},
      {Own(Leaf(0), Ca(0)), kNone},
  };
  for (const auto& [facts, step] : stages) {
    const bool first = step == kMakeNextCa;
    CHECK(Next(facts, Unpublished(0s)) == (first ? step : kNone));
    CHECK(Next(facts, Published(0s)) == (first ? step : kNone));
    CHECK(Next(facts, Published(15min)) == step);
  }
}

TEST_CASE("what ends soon and isn't renewed is worth a word") {
  CHECK(Worry(Own(Leaf(70), Ca(100)), kNow) == "");
  CHECK(Worry(Own(Leaf(73), Ca(100)), kNow) ==
        "tls.crt ends on 2027-02-01 08:00:00 UTC and hasn't been renewed");
  CHECK(Worry(Own(Leaf(1), Ca(293), Ca(0)), kNow) ==
        "the CA of tls.crt ends on 2027-03-28 08:00:00 UTC and hasn't been replaced: the caBundle "
        "must have all of ca.crt first");
  CHECK(Worry({Leaf(70), {}}, kNow) == "");
  CHECK(Worry({Leaf(73), {}}, kNow) ==
        "tls.crt ends on 2027-02-01 08:00:00 UTC and isn't railhook's to renew: let who made it "
        "renew it");
}

}  // namespace
}  // namespace railhook
