#pragma once
// How long certificates made here last, and when they are made anew. Pure.

#include <openssl/types.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <string>

#include "base/result.h"

namespace railhook {

// Of what is made from now on; of what there is already, only how soon it is renewed.
struct Lifetimes {
  std::chrono::seconds leaf = std::chrono::days(90);
  std::chrono::seconds ca = std::chrono::days(365);
};

// The configuration may change at any time, so it is asked again. Called from any thread.
using LifetimesSource = std::function<Lifetimes()>;

// What is made here is valid from an hour before, for clients whose clock is slow.
inline constexpr std::chrono::seconds kBackdated = std::chrono::hours(1);

// The term of a certificate, in seconds since 1970.
struct Term {
  std::time_t valid_from = 0;
  std::time_t ends = 0;
  double lot = 0;  // from 0 to below 1, drawn from its serial number: the same for all who read it
};

// kInvalid where its times can't be read.
Result<Term> TermOf(const X509& certificate);

// Whether a certificate made here is to be renewed at `now`: from two thirds of its life on, or up
// to a twentieth of it sooner, by its lot, so that not all are renewed at once. Its life counts as
// `wanted` where it is longer. One that isn't valid yet, by a clock that was ahead, is renewed too.
bool IsDue(const Term& term, std::chrono::seconds wanted, std::time_t now);

// Whether less than a fifth of the life is left of a certificate that becomes valid `backdated`
// before it is made.
bool EndsSoon(const Term& term, std::chrono::seconds backdated, std::time_t now);

// "2026-01-31 12:00:00 UTC"
std::string TimeText(std::time_t time);

}  // namespace railhook
