#include "cli/memory.h"

#include <doctest/doctest.h>

#include <fstream>

namespace railhook {
namespace {

// Pages of files in this process's memory, most of which are the program's.
long FilePages() {
  long size = 0, resident = 0, of_files = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> of_files;
  return of_files;
}

TEST_CASE("code that has been used leaves the memory, and comes back by itself") {
  const long before = FilePages();
  GiveMemoryBack();
  CHECK(FilePages() < before / 2);
}

}  // namespace
}  // namespace railhook
