#include "cli/memory.h"
#include "cli/vfmanager/vfmanager_command.h"

int main(int argc, char** argv) {
  railhook::KeepMemoryLow();
  return railhook::RunVfManager(argc, argv);
}
