#pragma once
// What is to be done next about the certificate in a Secret, so that API servers trust at any time
// what is served. Pure.
//
// A CA is replaced in four steps: a next one is made and stands in ca.crt beside the old one; the
// leader writes both into the caBundle; once that has been read back and has settled, the next CA
// signs the leaf that is served; and when no client can have an old leaf any more, the old CA goes.
// Each step is one write of the Secret, which alone tells how far things are: whoever leads next
// goes on from there. Under one CA leaves are replaced at once.

#include <chrono>
#include <ctime>
#include <optional>
#include <string>

#include "certs/lifetimes.h"

namespace railhook {

enum class RotationStep {
  kNone,
  kMakeNextCa,
  kUseNextCa,   // it signs the leaf
  kDropOldCas,  // from ca.crt
  kRenewLeaf,   // by the CA that signed the last one
};

// What a Secret that can be used holds.
struct SecretFacts {
  // The CAs, where they are railhook's.
  struct Authorities {
    Term current;              // that of ca.key, which signed tls.crt
    std::optional<Term> next;  // that of next-ca.key
    bool old = false;          // ca.crt holds further ones of railhook's
  };
  Term leaf;
  std::optional<Authorities> own;  // none: tls.crt is somebody else's to renew
};

// The longest that is waited, each time by a clock that nobody sets.
struct RotationPauses {
  std::chrono::milliseconds settle{30'000};  // until API servers have heard of the caBundle
  // Until no API server has a connection of before (90 s), and no replica a watch that is dead
  // without its knowing (10 minutes).
  std::chrono::milliseconds fade{15 * 60'000};

  // The same, or less for leaves that last minutes: a twentieth and a tenth of their lives.
  RotationPauses For(const Lifetimes& lifetimes) const;
};

struct CaBundleState {
  bool published = false;  // each entry of the webhook configuration has the Secret's ca.crt
  // For how long the Secret's data and `published` have been as they are.
  std::chrono::milliseconds unchanged{0};
};

RotationStep NextStep(const SecretFacts& facts, const CaBundleState& bundle,
                      const Lifetimes& lifetimes, const RotationPauses& pauses, std::time_t now);

// What needs somebody, as it ends soon and hasn't been renewed; "" where nothing does.
std::string Worry(const SecretFacts& facts, std::time_t now);

}  // namespace railhook
