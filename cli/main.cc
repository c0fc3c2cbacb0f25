#include <malloc.h>

#include "cli/command.h"

namespace {

constexpr int kLarge = 128 << 10;

// By default each thread allocates from an arena of its own, up to eight for a core, and each keeps
// what it once needed. One is enough: threads find most of what they need in caches of their own.
// What is large, such as a body or a page of a list, goes back to the system when it is freed;
// malloc would stop doing that after the first.
void KeepMemoryLow() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

}  // namespace

int main(int argc, char** argv) {
  KeepMemoryLow();
  return railhook::RunRailhook(argc, argv);
}
