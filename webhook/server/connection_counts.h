#pragma once
// How many connections a server has, and how many it had no room for.

#include <cstddef>

namespace railhook {

struct ConnectionCounts {
  // Now.
  std::size_t unproven = 0;  // no answer from a handler yet
  std::size_t idle = 0;
  std::size_t busy = 0;
  std::size_t leaving = 0;

  // Turned away, or cut to make room, since the start.
  long over_limit = 0;          // of all connections
  long over_address_limit = 0;  // of those from one address
  long over_descriptors = 0;    // the process may not open more files
};

}  // namespace railhook
