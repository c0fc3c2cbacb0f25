#include "webhook/server/http_answer.h"

#include <doctest/doctest.h>

#include <string>

namespace railhook {
namespace {

constexpr std::time_t kSomeTime = 784111777;  // the example of RFC 9110 5.6.7

TEST_CASE("Serialize: an answer is one message") {
  const HttpResponse response{.body = "{}", .headers = {{"Retry-After", "1"}}};
  CHECK(Serialize(response, BodyForm::kWhole, kSomeTime) ==
        "HTTP/1.1 200 OK\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Connection: keep-alive\r\n"
        "Content-Type: application/json\r\n"
        "Retry-After: 1\r\n"
        "Content-Length: 2\r\n"
        "\r\n"
        "{}");
}

TEST_CASE("Serialize: HEAD learns the length and gets no body") {
  const auto bytes = Serialize({.body = "12345", .headers = {}}, BodyForm::kLengthOnly, kSomeTime);
  CHECK(bytes.find("Content-Length: 5\r\n") != bytes.npos);
  CHECK(bytes.ends_with("\r\n\r\n"));
}

TEST_CASE("Serialize: the last answer says so") {
  const auto bytes = Serialize({.status = 503, .body = "", .headers = {}, .close = true},
                               BodyForm::kWhole, kSomeTime);
  CHECK(bytes.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(bytes.find("Connection: close\r\n") != bytes.npos);
}

TEST_CASE("Serialize: a status without a name of ours has an empty reason") {
  const auto bytes =
      Serialize({.status = 299, .body = "", .headers = {}}, BodyForm::kWhole, kSomeTime);
  CHECK(bytes.starts_with("HTTP/1.1 299 \r\n"));
}

}  // namespace
}  // namespace railhook
