#include "base/errno_text.h"

#include <doctest/doctest.h>

#include <cerrno>

namespace railhook {
namespace {

TEST_CASE("an errno is told by its name and its meaning") {
  CHECK(ErrnoText(EBUSY) == "EBUSY (Device or resource busy)");
  CHECK(ErrnoText(99999) == "error 99999");
}

}  // namespace
}  // namespace railhook
