#include "certs/rotation_step.h"

#include <algorithm>

namespace railhook {
namespace {

using std::chrono::milliseconds;

// Whether another leaf by its CA is wanted, and would not end with that CA as the last one does.
bool LeafIsDue(const Term& leaf, const Term& ca, bool next_ca_comes, const Lifetimes& lifetimes,
               std::time_t now) {
  if (now < leaf.valid_from) return now >= ca.valid_from;
  const bool old =
      next_ca_comes ? EndsSoon(leaf, kBackdated, now) : IsDue(leaf, lifetimes.leaf, now);
  return old && std::min(ca.ends, now + lifetimes.leaf.count()) != leaf.ends;
}

}  // namespace

RotationPauses RotationPauses::For(const Lifetimes& lifetimes) const {
  const milliseconds leaf = lifetimes.leaf;
  return {std::min(settle, leaf / 20), std::min(fade, leaf / 10)};
}

RotationStep NextStep(const SecretFacts& facts, const CaBundleState& bundle,
                      const Lifetimes& lifetimes, const RotationPauses& pauses, std::time_t now) {
  if (!facts.own) return RotationStep::kNone;
  const auto& own = *facts.own;
  const auto trusted_for = [&](milliseconds pause) {
    return bundle.published && bundle.unchanged >= pause;
  };
  const bool under_way = own.next && !IsDue(*own.next, lifetimes.ca, now);
  if (under_way && trusted_for(pauses.settle)) return RotationStep::kUseNextCa;
  if (!own.next && own.old && trusted_for(pauses.fade)) return RotationStep::kDropOldCas;
  const bool must_wait = under_way || own.old;
  if (!must_wait && IsDue(own.current, lifetimes.ca, now)) return RotationStep::kMakeNextCa;
  const bool renew = LeafIsDue(facts.leaf, own.current, under_way, lifetimes, now);
  return renew ? RotationStep::kRenewLeaf : RotationStep::kNone;
}

std::string Worry(const SecretFacts& facts, std::time_t now) {
  const std::string leaf_ends = "tls.crt ends on " + TimeText(facts.leaf.ends);
  if (!facts.own) {
    if (!EndsSoon(facts.leaf, {}, now)) return "";
    return leaf_ends + " and isn't railhook's to renew: let who made it renew it";
  }
  if (EndsSoon(facts.leaf, kBackdated, now)) return leaf_ends + " and hasn't been renewed";
  if (!EndsSoon(facts.own->current, kBackdated, now)) return "";
  return "the CA of tls.crt ends on " + TimeText(facts.own->current.ends) +
         " and hasn't been replaced: the caBundle must have all of ca.crt first";
}

}  // namespace railhook
