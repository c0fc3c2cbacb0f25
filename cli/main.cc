#include "cli/command.h"

int main(int argc, char** argv) { return railhook::RunRailhook(argc, argv); }
