#include "cli/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace railhook {
namespace {

// Of the program or a library. What the loader has written to is in segments that may be written.
int LeaveCode(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::getpagesize());
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t start = object->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t first = start / page * page;
    ::madvise(reinterpret_cast<void*>(first), start + segment.p_memsz - first, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

// One arena is enough: threads find most of what they need in caches of their own. What is large is
// a body or a page of a list; malloc would stop giving that back after the first.
void KeepMemoryLow() {
  constexpr int kLarge = 128 << 10;
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

void GiveMemoryBack() {
  malloc_trim(0);
  dl_iterate_phdr(LeaveCode, nullptr);
}

}  // namespace railhook
