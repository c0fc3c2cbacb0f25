#include "webhook/admission/review.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/json.h"

namespace railhook {
namespace {

constexpr std::string_view kHead =
    R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)";

std::string Review(std::string_view request) {
  return std::string(kHead) + "\"request\":" + std::string(request) + '}';
}

// Why `body` is refused, or "" where it is not.
std::string Refusal(std::string_view body) {
  const auto request = ParseAdmissionReview(body);
  if (request) return "";
  CHECK(request.error().code == ErrorCode::kInvalid);
  CHECK_FALSE(request.error().message.empty());
  return request.error().message;
}

bool Mentions(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST_CASE("a request as the API server sends it") {
  const auto request = ParseAdmissionReview(Review(R"({
      "uid":"705ab4f5-6393-11e8-b7cc-42010a800002",
      "kind":{"group":"","version":"v1","kind":"Pod"},
      "resource":{"group":"","version":"v1","resource":"pods"},
      "requestKind":{"group":"","version":"v1","kind":"Pod"},
      "requestResource":{"group":"","version":"v1","resource":"pods"},
      "name":"train-0","namespace":"team-a","operation":"CREATE",
      "userInfo":{"username":"admin","groups":["system:masters"],"extra":{"k":["v"]}},
      "object":{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"other"},"x":18446744073709551615},
      "oldObject":{"x":1},"dryRun":true,"options":null})"));
  REQUIRE(request);
  CHECK(request->uid == "705ab4f5-6393-11e8-b7cc-42010a800002");
  CHECK(request->group == "");
  CHECK(request->resource == "pods");
  CHECK(request->sub_resource == "");
  CHECK(request->operation == "CREATE");
  CHECK(request->name_space == "team-a");
  CHECK(request->dry_run);
  CHECK((*request->object)["x"] == 18446744073709551615ULL);
  CHECK((*request->old_object)["x"] == 1);
}

TEST_CASE("an update has the object that was there as well") {
  const auto request = ParseAdmissionReview(
      Review(R"({"uid":"u","operation":"UPDATE","object":{"a":2},"oldObject":{"a":1}})"));
  REQUIRE(request);
  CHECK((*request->object)["a"] == 2);
  CHECK((*request->old_object)["a"] == 1);
  CHECK(ParseAdmissionReview(Review(R"({"uid":"u"})"))->old_object->is_null());
}

TEST_CASE("all but the uid may be missing or null") {
  for (const std::string_view request :
       {R"({"uid":"u"})",
        R"({"uid":"u","resource":null,"subResource":null,"operation":null,"namespace":null,
            "dryRun":null,"object":null,"oldObject":null,"options":null,"userInfo":null})"}) {
    const auto read = ParseAdmissionReview(Review(request));
    REQUIRE(read);
    CHECK(read->uid == "u");
    CHECK(read->resource == "");
    CHECK(read->operation == "");
    CHECK(read->name_space == "");
    CHECK_FALSE(read->dry_run);
    REQUIRE(read->object);
    CHECK(read->object->is_null());
  }
}

TEST_CASE("a resource of another group with a subresource") {
  const auto read = ParseAdmissionReview(Review(
      R"({"uid":"u","resource":{"group":"apps","version":"v1","resource":"deployments"},"subResource":"scale","operation":"UPDATE"})"));
  REQUIRE(read);
  CHECK(read->group == "apps");
  CHECK(read->resource == "deployments");
  CHECK(read->sub_resource == "scale");
  CHECK(read->operation == "UPDATE");
}

TEST_CASE("what is echoed is not longer than it ever has to be") {
  const std::string name(253, 'n');
  CHECK(Refusal(Review(R"({"uid":")" + name + R"(","namespace":")" + name + "\"}")) == "");
  CHECK(Refusal(Review(R"({"uid":"x)" + name + "\"}")) == "request.uid is longer than 253 bytes");
  CHECK(Refusal(Review(R"({"uid":"u","namespace":"x)" + name + "\"}")) ==
        "request.namespace is longer than 253 bytes");
}

TEST_CASE("an answer to the largest body fits into what a server has for all of them") {
  CHECK(MostBytesToAnswer("{}") < 1000);
  const std::string body(8 << 20, ',');
  CHECK(MostBytesToAnswer(body) <= 72 << 20);
}

TEST_CASE("the uid is any text, taken byte for byte") {
  const struct {
    std::string_view json;
    std::string_view want;
  } cases[] = {
      {R"("UPPER-and-lower")", "UPPER-and-lower"},
      {R"(" blanks around ")", " blanks around "},
      {R"("\u4e2d\"\\\/\n\t")", "中\"\\/\n\t"},
      {R"("中文😀")", "中文😀"},
      {R"("\ud83d\ude00")", "😀"},
      {R"("0")", "0"},
  };
  for (const auto& c : cases) {
    const auto read = ParseAdmissionReview(Review(R"({"uid":)" + std::string(c.json) + '}'));
    REQUIRE(read);
    CHECK(read->uid == c.want);
  }
}

TEST_CASE("unknown members are no fault, and of equal ones the last counts") {
  const auto read = ParseAdmissionReview(
      R"({"new":[1],"kind":"AdmissionReview","request":{"uid":"a","uid":"b","new":{}},)"
      R"("apiVersion":"admission.k8s.io/v1","response":null})");
  REQUIRE(read);
  CHECK(read->uid == "b");
}

TEST_CASE("what is no AdmissionReview is refused with a reason") {
  const struct {
    std::string_view name;
    std::string body;
    std::string_view mentions;
  } cases[] = {
      {"nothing", "", "line 1"},
      {"blanks", " \n ", "line 2"},
      {"no JSON", "<html>", "line 1"},
      {"cut off", std::string(kHead) + R"("request":{"uid":)", "line 1"},
      {"two documents", Review(R"({"uid":"u"})") + "{}", "line 1"},
      {"null", "null", "no AdmissionReview"},
      {"a number", "1", "no AdmissionReview"},
      {"a list", "[]", "no AdmissionReview"},
      {"a text", "\"AdmissionReview\"", "no AdmissionReview"},
      {"an empty object", "{}", "AdmissionReview"},
      {"v1beta1",
       R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}})",
       "admission.k8s.io/v1beta1"},
      {"v1beta1, and what is wanted",
       R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}})",
       "\"admission.k8s.io/v1\""},
      {"another kind", R"({"apiVersion":"admission.k8s.io/v1","kind":"Pod","request":{"uid":"u"}})",
       "\"Pod\""},
      {"a pod", R"({"apiVersion":"v1","kind":"Pod"})", "\"Pod\""},
      {"a kind of another type",
       R"({"apiVersion":"admission.k8s.io/v1","kind":1,"request":{"uid":"u"}})", "AdmissionReview"},
      {"another case",
       R"({"apiversion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u"}})",
       "AdmissionReview"},
      {"no request", std::string(kHead) + R"("response":{}})", "no request"},
      {"request null", Review("null"), "no request"},
      {"request of another type", Review("[]"), "no request"},
      {"no uid", Review("{}"), "uid"},
      {"an empty uid", Review(R"({"uid":""})"), "uid"},
      {"uid null", Review(R"({"uid":null})"), "uid"},
      {"a uid that is a number", Review(R"({"uid":7})"), "uid"},
      {"half a surrogate pair", Review(R"({"uid":"\ud83d"})"), "line 1"},
      {"a NUL byte", Review(R"({"uid":"u"})") + std::string(1, '\0'), "NUL"},
      {"no UTF-8", Review("{\"uid\":\"\xff\"}"), "UTF-8"},
      {"no UTF-8 in the object", Review("{\"uid\":\"u\",\"object\":{\"a\":\"\xc3\x28\"}}"),
       "UTF-8"},
      {"overlong UTF-8", Review("{\"uid\":\"\xc0\xaf\"}"), "UTF-8"},
      {"a number beyond all bounds", Review(R"({"uid":"u","object":1e999})"), "number"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const std::string refusal = Refusal(c.body);
    CAPTURE(refusal);
    CHECK(Mentions(refusal, c.mentions));
  }
}

TEST_CASE("nesting deeper than 128 is refused before it can hurt") {
  const auto nested = [](std::size_t depth) {
    return Review(R"({"uid":"u","object":)" + std::string(depth, '[') + std::string(depth, ']') +
                  '}');
  };
  CHECK(Refusal(nested(126)) == "");  // inside the review and its request
  CHECK(Mentions(Refusal(nested(127)), "deep"));
  CHECK(Mentions(Refusal(std::string(200'000, '[')), "deep"));
  std::string objects = std::string(kHead) + R"("request":)";
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  CHECK(Mentions(Refusal(objects), "deep"));
}

TEST_CASE("brackets inside texts are no nesting") {
  CHECK(Refusal(Review(R"({"uid":"u","object":")" + std::string(1000, '[') + R"(\"{{\\"})")) == "");
}

TEST_CASE("a refusal never repeats more than a bit of the body") {
  const std::string secret(5000, 's');
  CHECK(Refusal(R"({"apiVersion":")" + secret + R"(","kind":")" + secret + "\"}").size() < 400);
  CHECK(Refusal(Review(R"({"uid":")" + secret + "\x01\"}")).size() < 400);
}

}  // namespace
}  // namespace railhook
