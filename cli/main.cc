#include <malloc.h>

#include "cli/command.h"

namespace {

// By default each thread allocates from an arena of its own, up to eight for a core, and each keeps
// what it once needed. Two are enough for the two threads that serve; the others wait mostly.
void ShareMemory() { mallopt(M_ARENA_MAX, 2); }

}  // namespace

int main(int argc, char** argv) {
  ShareMemory();
  return railhook::RunRailhook(argc, argv);
}
