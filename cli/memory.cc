#include "cli/memory.h"

#include <malloc.h>

namespace railhook {

// One arena is enough: threads find most of what they need in caches of their own. What is large is
// a body or a page of a list; malloc would stop giving that back after the first.
void KeepMemoryLow() {
  constexpr int kLarge = 128 << 10;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

}  // namespace railhook
