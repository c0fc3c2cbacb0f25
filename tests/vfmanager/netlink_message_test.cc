#include "vfmanager/netlink_message.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>

namespace railhook {
namespace {

nlmsgerr ErrorOf(int number, const std::string& request) {
  nlmsgerr error{};
  error.error = -number;
  std::memcpy(&error.msg, request.data(), sizeof error.msg);
  return error;
}

TEST_CASE("messages that follow each other are told apart, a cut one is left") {
  const std::string first = NetlinkRequest(7, 0).PutText(1, "x").bytes();
  const std::string both = first + NetlinkRequest(8, 0).Put(2, 3).bytes();
  const auto answers = SplitAnswers(both);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].type == 7);
  CHECK(answers[1].type == 8);
  CHECK(SplitAttributes(answers[1].payload)[0].As<int>() == 3);
  CHECK(SplitAnswers(std::string_view(both).substr(0, both.size() - 1)).size() == 1);
}

TEST_CASE("lengths that can't be are the end") {
  std::string message = NetlinkRequest(7, 0).PutText(1, "abc").PutText(2, "d").bytes();
  const std::string_view attributes = std::string_view(message).substr(sizeof(nlmsghdr));
  CHECK(SplitAttributes(attributes).size() == 2);
  for (const int length : {0, 3, 200}) {
    message[sizeof(nlmsghdr)] = static_cast<char>(length);
    CAPTURE(length);
    CHECK(SplitAttributes(std::string_view(message).substr(sizeof(nlmsghdr))).empty());
  }
  message[0] = 3;
  CHECK(SplitAnswers(message).empty());
}

TEST_CASE("a nested attribute holds what was put into it") {
  const auto request = NetlinkRequest(7, 0).Nest(
      5, [](NetlinkRequest& list) { list.PutText(1, "a").PutText(1, "bcde"); });
  const auto outer = SplitAttributes(SplitAnswers(request.bytes())[0].payload);
  REQUIRE(outer.size() == 1);
  CHECK(outer[0].type == 5);
  const auto inner = SplitAttributes(outer[0].value);
  REQUIRE(inner.size() == 2);
  CHECK(inner[1].Text() == "bcde");
}

TEST_CASE("a refusal carries the kernel's words") {
  const std::string request = NetlinkRequest(7, 0).PutText(1, "abc").bytes();
  auto refusal =
      NetlinkRequest(NLMSG_ERROR, NLM_F_ACK_TLVS).Append(ErrorOf(EINVAL, request)).bytes();
  refusal += request.substr(sizeof(nlmsghdr));
  const auto words = NetlinkRequest(0, 0).PutText(NLMSGERR_ATTR_MSG, "no such VF").bytes();
  refusal += words.substr(sizeof(nlmsghdr));
  const std::string_view payload = std::string_view(refusal).substr(sizeof(nlmsghdr));
  const auto verdict = ReadVerdict({NLMSG_ERROR, NLM_F_ACK_TLVS, payload});
  CHECK(verdict.number == EINVAL);
  CHECK(verdict.words == "no such VF");
  const auto without = ReadVerdict({NLMSG_ERROR, 0, payload});
  CHECK(without.words.empty());
}

TEST_CASE("the end of a list may be an error, and an empty one is none") {
  const std::string failed = NetlinkRequest(NLMSG_DONE, 0).Append(-ENOMEM).bytes();
  CHECK(ReadVerdict(SplitAnswers(failed)[0]).number == ENOMEM);
  CHECK(ReadVerdict({NLMSG_DONE, 0, ""}).number == 0);
  CHECK(ReadVerdict({NLMSG_ERROR, 0, ""}).number == EBADMSG);
}

}  // namespace
}  // namespace railhook
