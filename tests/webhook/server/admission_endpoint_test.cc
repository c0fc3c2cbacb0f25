#include "webhook/server/admission_endpoint.h"

#include <doctest/doctest.h>

#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/json.h"

namespace railhook {
namespace {

std::string Review(std::string_view uid) {
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":")" +
         std::string(uid) +
         R"(","resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","namespace":"n","object":{"a":1}}})";
}

HttpResponse Ask(const AdmissionHandler& handler, std::string body) {
  auto outcome = AdmissionEndpoint("/mutate", handler).handler({"/mutate", std::move(body)});
  if (const auto* late = std::get_if<LateHttpResponse>(&outcome)) return late->make();
  return std::get<HttpResponse>(outcome);
}

Json ResponseIn(const HttpResponse& http) {
  CHECK(http.status == 200);
  CHECK(http.content_type.starts_with("application/json"));
  CHECK_FALSE(http.close);
  const auto review = ParseJson(http.body);
  REQUIRE(review);
  return (*review)["response"];
}

bool Mentions(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST_CASE("it is a POST at its path") {
  const HttpEndpoint endpoint =
      AdmissionEndpoint("/mutate-pods", [](const AdmissionRequest&) { return Allowed(); });
  CHECK(endpoint.method == "POST");
  CHECK(endpoint.path == "/mutate-pods");
}

TEST_CASE("the handler gets the request, and its answer goes back under the same uid") {
  AdmissionRequest seen;
  const HttpResponse http = Ask(
      [&](const AdmissionRequest& request) {
        seen = request;
        return Denied("no");
      },
      Review("Odd uid/1"));
  const Json response = ResponseIn(http);
  CHECK(response["uid"] == "Odd uid/1");
  CHECK(response["allowed"] == false);
  CHECK(response["status"]["message"] == "no");
  CHECK(seen.name_space == "n");
  CHECK((*seen.object)["a"] == 1);
}

TEST_CASE("a denial is HTTP 200, for an HTTP error would pass under failurePolicy Ignore") {
  CHECK(Ask([](const AdmissionRequest&) { return Denied("no"); }, Review("u")).status == 200);
}

TEST_CASE("a patch goes back") {
  Patch patch;
  patch.Append({PatchOperation::Op::kAdd, "/a", "1"});
  const Json response =
      ResponseIn(Ask([&](const AdmissionRequest&) { return Patched(patch); }, Review("u")));
  CHECK(response["allowed"] == true);
  CHECK(response["patchType"] == "JSONPatch");
}

TEST_CASE("a handler that throws denies this one request and says where to look") {
  const AdmissionHandler handlers[] = {
      [](const AdmissionRequest&) -> AdmissionResponse {
        throw std::runtime_error("for the log alone");
      },
      [](const AdmissionRequest&) -> AdmissionResponse { throw std::bad_alloc(); },
      [](const AdmissionRequest&) -> AdmissionResponse { throw 5; },
  };
  for (const AdmissionHandler& handler : handlers) {
    const HttpResponse http = Ask(handler, Review("the-uid"));
    const Json response = ResponseIn(http);
    CHECK(response["uid"] == "the-uid");
    CHECK(response["allowed"] == false);
    CHECK(Mentions(response["status"]["message"].get<std::string>(), "the-uid"));
    CHECK_FALSE(Mentions(http.body, "for the log alone"));
  }
}

TEST_CASE(
    "what is no AdmissionReview gets 400, a short reason in plain text, and never reaches the "
    "handler") {
  bool called = false;
  const AdmissionHandler handler = [&](const AdmissionRequest&) {
    called = true;
    return Allowed();
  };
  const std::string bodies[] = {
      "",
      "null",
      "[]",
      "<html>",
      R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}})",
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":null})",
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}})",
      "{\"a\":\"\xff\"}",
      std::string(200'000, '['),
      R"({"kind":")" + std::string(100'000, 'x') + "\"}",
      "{\"apiVersion\":\"a\\nb\",\"kind\":\"\\u0007\"}",
  };
  for (const std::string& body : bodies) {
    CAPTURE(std::string_view(body).substr(0, 100));
    const HttpResponse http = Ask(handler, body);
    CHECK(http.status == 400);
    CHECK(http.content_type.starts_with("text/plain"));
    CHECK(http.body.size() > 20);
    CHECK(http.body.size() < 500);
    CHECK(http.body.find('\n') == http.body.size() - 1);
  }
  CHECK_FALSE(called);
}

TEST_CASE("v1beta1 is refused by name") {
  const HttpResponse http = Ask(
      [](const AdmissionRequest&) { return Allowed(); },
      R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}})");
  CHECK(Mentions(http.body, "admission.k8s.io/v1beta1"));
}

TEST_CASE("who can't decide yet has the API server ask again") {
  const AdmissionHandler at_once = [](const AdmissionRequest&) { return TryAgain{"not yet", 2}; };
  const AdmissionHandler late = [](const AdmissionRequest&) {
    return LateAdmission{[] { return TryAgain{"not yet", 2}; }};
  };
  for (const AdmissionHandler& handler : {at_once, late}) {
    const HttpResponse http = Ask(handler, Review("u"));
    CHECK(http.status == 503);
    CHECK(http.body == "not yet\n");
    REQUIRE(http.headers.size() == 1);
    CHECK(http.headers[0] == std::pair<std::string, std::string>("Retry-After", "2"));
  }
}

TEST_CASE("a late decision has the request's uid, also where it throws") {
  const AdmissionHandler good = [](const AdmissionRequest&) {
    return LateAdmission{[] { return Denied("no such class"); }};
  };
  const Json denied = ResponseIn(Ask(good, Review("u-1")));
  CHECK(denied["uid"] == "u-1");
  CHECK(denied["status"]["message"] == "no such class");
  const std::function<AdmissionDecision()> broken[] = {
      []() -> AdmissionDecision { throw std::runtime_error("broken"); },
      []() -> AdmissionDecision { throw std::bad_alloc(); },
      []() -> AdmissionDecision { throw 5; },
  };
  for (const auto& decide : broken) {
    const AdmissionHandler bad = [&](const AdmissionRequest&) { return LateAdmission{decide}; };
    const Json failed = ResponseIn(Ask(bad, Review("u-2")));
    CHECK(failed["uid"] == "u-2");
    CHECK(failed["allowed"] == false);
    CHECK(Mentions(failed["status"]["message"].get<std::string>(), "u-2"));
  }
}

}  // namespace
}  // namespace railhook
