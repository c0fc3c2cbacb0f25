#include "cli/command.h"
#include "cli/memory.h"

int main(int argc, char** argv) {
  railhook::KeepMemoryLow();
  return railhook::RunRailhook(argc, argv);
}
