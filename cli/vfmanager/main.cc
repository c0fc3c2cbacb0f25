#include "cli/vfmanager/vfmanager_command.h"

int main(int argc, char** argv) { return railhook::RunVfManager(argc, argv); }
