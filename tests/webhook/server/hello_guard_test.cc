#include "webhook/server/hello_guard.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace railhook {
namespace {

using std::string_literals::operator""s;

// A record whose payload begins with a message's header and is `length` bytes in all.
std::string Record(char type, std::size_t length, std::size_t announced) {
  std::string record{type, 3, 1, static_cast<char>(length >> 8), static_cast<char>(length)};
  record += {1, static_cast<char>(announced >> 16), static_cast<char>(announced >> 8),
             static_cast<char>(announced)};
  record.resize(5 + length, 'x');
  return record;
}

// Whether it lets the whole pass, at once as well as byte by byte.
bool LetsPass(const std::string& bytes, bool tls12 = false) {
  HelloGuard guard, slow;
  if (tls12) guard.ExpectTls12(), slow.ExpectTls12();
  const bool at_once = guard.LetsPass(bytes);
  bool piecewise = true;
  for (const char& byte : bytes) piecewise = piecewise && slow.LetsPass({&byte, 1});
  CHECK(at_once == piecewise);
  return at_once;
}

const std::string kHello = Record(22, 600, 596);
const std::string kChange = "\x14\x03\x03\0\x01\x01"s;
const std::string kLong = Record(22, 600, 100'000);
const std::string kEncrypted = Record(23, 600, 100'000);

TEST_CASE("hellos of usual length pass, and all that is encrypted") {
  CHECK(LetsPass(""));
  CHECK(LetsPass(kHello));
  CHECK(LetsPass(Record(22, 16'000, 16 << 10)));
  CHECK(LetsPass(kHello + kChange + kHello + kEncrypted + kEncrypted + kLong));
  CHECK(LetsPass(kHello + kHello + kChange + kLong + kEncrypted, true));
}

TEST_CASE("a message that is announced as longer than any client's does not pass") {
  CHECK(!LetsPass(kLong));
  CHECK(!LetsPass(kLong.substr(0, 9)));
  CHECK(LetsPass(kLong.substr(0, 8)));
  CHECK(!LetsPass(Record(22, 16'000, (16 << 10) + 1)));
  CHECK(!LetsPass(kHello + kLong));
  CHECK(!LetsPass(kHello + kChange + kLong));
  CHECK(!LetsPass("\x16\x03\x01\0\x03\x01\x01\xff"s));
  CHECK(!LetsPass(kHello + kLong, true));
}

TEST_CASE("who was not let pass once is not let pass again") {
  HelloGuard guard;
  CHECK(!guard.LetsPass(kLong));
  CHECK(!guard.LetsPass(kHello));
}

}  // namespace
}  // namespace railhook
