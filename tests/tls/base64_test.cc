#include "tls/base64.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("the vectors of RFC 4648 go both ways") {
  const struct {
    std::string bytes, text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {std::string("\0\0\0\xFB\xFF", 5), "AAAA+/8="}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(EncodeBase64(c.bytes) == c.text);
    REQUIRE(DecodeBase64(c.text));
    CHECK(*DecodeBase64(c.text) == c.bytes);
  }
}

TEST_CASE("bytes of every length come back") {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    CHECK(DecodeBase64(EncodeBase64(bytes)).value() == bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST_CASE("white space around the text is fine") {
  CHECK(DecodeBase64(" \n\tZm9v\r\n ").value() == "foo");
  CHECK(DecodeBase64(" \n").value().empty());
}

TEST_CASE("what isn't base64 is refused") {
  for (const std::string text :
       {"Z",     "Zg",         "Zg=",      "Zm9",        "Z===",  "====",  "=m9v",
        "Z=9v",  "Zm=v",       "Zg==Zg==", "Zm9v----",   "----",  "Zm-v",  "Zm_v",
        "Zm 9v", "Zm9v\nZm9v", "Zm9v Zm9", "\xC3\xA4gw", "Zm9v=", "Zm9v=="}) {
    CAPTURE(text);
    const auto decoded = DecodeBase64(text);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::kInvalid);
    CHECK(decoded.error().message == "is not base64");
  }
}

}  // namespace
}  // namespace railhook
