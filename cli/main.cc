#include <malloc.h>

#include "cli/command.h"

namespace {

constexpr int kLarge = 128 << 10;

// By default each thread allocates from an arena of its own, up to eight for a core, and each keeps
// what it once needed. Two are enough for the two threads that serve; the others wait mostly. What
// is large, such as a body or a page of a list, goes back to the system when it is freed; malloc
// would stop doing that after the first.
void KeepMemoryLow() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

}  // namespace

int main(int argc, char** argv) {
  KeepMemoryLow();
  return railhook::RunRailhook(argc, argv);
}
