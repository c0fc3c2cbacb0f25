#include "k8sclient/watch/reflect_step.h"

#include <doctest/doctest.h>

#include <vector>

namespace railhook {
namespace {

using std::chrono::milliseconds;
using Phase = ReflectState::Phase;

const Error kGoneError{ErrorCode::kGone, "too old"};
const Error kDown{ErrorCode::kUnavailable, "no answer"};
const Error kNoSuchResource{ErrorCode::kNotFound, "404"};
const Error kForbidden{ErrorCode::kUnauthorized, "403"};
const Error kRefused{ErrorCode::kInvalid, "400"};
const Listed kLast{"", "10"};

// "list", "list p2" or "watch 10": what to do next, and "~" where not at once.
std::string Show(const ReflectState& state) {
  std::string text = WaitBefore(state, 0) > milliseconds(0) ? "~" : "";
  if (state.phase == Phase::kWatch) return text + "watch " + state.resource_version;
  return text + "list" + (state.next_page.empty() ? "" : ' ' + state.next_page);
}

ReflectState After(const std::vector<ReflectInput>& inputs) {
  ReflectState state;
  for (const ReflectInput& input : inputs) state = Next(state, input);
  return state;
}

TEST_CASE("what to do after each order of answers") {
  const struct {
    std::string what;
    std::vector<ReflectInput> inputs;
    std::string next;
  } cases[] = {
      {"the beginning", {}, "list"},
      {"a page of several", {Listed{"p2", "10"}}, "list p2"},
      {"the last page", {Listed{"p2", "10"}, Listed{"", "10"}}, "watch 10"},
      {"events move on", {kLast, Seen{"11"}, Seen{"12"}}, "watch 12"},

      {"410 in the middle of a list", {Listed{"p2", "10"}, kGoneError}, "list"},
      {"410 again", {Listed{"p2", "10"}, kGoneError, Listed{"p2", "10"}, kGoneError}, "~list"},
      {"no answer in the middle of a list", {Listed{"p2", "10"}, kDown}, "~list p2"},
      {"no answer, then a page", {Listed{"p2", "10"}, kDown, Listed{"p3", "10"}}, "list p3"},
      {"a page that the server can't read", {Listed{"p2", "10"}, kRefused}, "~list"},

      {"410 at once", {kLast, kGoneError}, "list"},
      {"410 at once, again", {kLast, kGoneError, kLast, kGoneError}, "~list"},
      {"410 after events", {kLast, Seen{"11"}, kGoneError}, "list"},
      {"410 after an end", {kLast, Seen{"11"}, Ended{}, kGoneError}, "list"},
      {"410 when the server is back", {kLast, kDown, kDown, kDown, kGoneError}, "list"},
      {"410 and no answer", {kLast, kGoneError, kDown}, "~list"},
      {"a version that the server can't read", {kLast, kRefused}, "~list"},

      {"an end", {kLast, Seen{"11"}, Ended{}}, "watch 11"},
      {"an end without events", {kLast, Ended{}}, "watch 10"},
      {"ends without events", {kLast, Ended{}, Ended{}}, "~watch 10"},
      {"an end after events after ends",
       {kLast, Ended{}, Ended{}, Seen{"11"}, Ended{}},
       "watch 11"},

      {"a break", {kLast, kDown}, "~watch 10"},
      {"a break after events", {kLast, Seen{"11"}, kDown}, "~watch 11"},
      {"events after breaks", {kLast, kDown, kDown, Seen{"11"}}, "watch 11"},
      {"403", {kForbidden}, "~list"},

      {"no such resource", {kNoSuchResource}, "~list"},
      {"no such resource, then there", {kNoSuchResource, kNoSuchResource, kLast}, "watch 10"},
      {"the resource goes", {kLast, Seen{"11"}, kNoSuchResource}, "~list"},
      {"the resource goes between pages", {Listed{"p2", "10"}, kNoSuchResource}, "~list"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    CHECK(Show(After(c.inputs)) == c.next);
  }
}

TEST_CASE("a place that is lost is forgotten: the list starts with its first page") {
  for (const Error& lost : {kGoneError, kNoSuchResource, kRefused}) {
    CAPTURE(lost.message);
    CHECK(After({kLast, Seen{"11"}, lost}).resource_version.empty());
    CHECK(After({Listed{"p2", "10"}, lost}).next_page.empty());
  }
}

TEST_CASE("waits grow with each failure up to ten seconds, and an event ends that") {
  ReflectState state = After({kLast});
  milliseconds before(0);
  for (int i = 0; i < 100; ++i) {
    state = Next(state, kDown);
    const milliseconds wait = WaitBefore(state, 1);
    CHECK(wait >= before);
    CHECK(wait <= milliseconds(10'000));
    before = wait;
  }
  CHECK(before == milliseconds(10'000));
  state = Next(state, Seen{"11"});
  CHECK(WaitBefore(state, 1) == milliseconds(0));
  CHECK(WaitBefore(Next(state, kDown), 1) == milliseconds(100));
}

TEST_CASE("chance takes up to half off a wait") {
  for (int failures = 1; failures < 20; ++failures) {
    ReflectState state;
    for (int i = 0; i < failures; ++i) state = Next(state, kDown);
    const milliseconds most = WaitBefore(state, 1);
    CHECK(WaitBefore(state, 0) == most / 2);
    CHECK(WaitBefore(state, 0.5) >= most / 2);
    CHECK(WaitBefore(state, 0.5) <= most);
  }
}

TEST_CASE("a resource that isn't there is looked for every one to two seconds, however long") {
  ReflectState state;
  for (int i = 0; i < 50; ++i) {
    state = Next(state, kNoSuchResource);
    CHECK(WaitBefore(state, 0) == milliseconds(1000));
    CHECK(WaitBefore(state, 1) == milliseconds(2000));
  }
}

// What else the server answers, a step that is tried again and again costs it little.
TEST_CASE("no order of failures without events goes round without waiting") {
  const std::vector<ReflectInput> failures = {Ended{},         kGoneError, kDown,
                                              kNoSuchResource, kForbidden, kRefused};
  for (const ReflectInput& first : failures) {
    for (const ReflectInput& second : failures) {
      ReflectState state;
      int at_once = 0;
      for (int round = 0; round < 20; ++round) {
        if (state.phase == Phase::kList) state = Next(state, kLast);
        state = Next(state, round % 2 == 0 ? first : second);
        at_once += state.wait ? 0 : 1;
      }
      CHECK(at_once <= 2);  // the first end, and the first place that is forgotten
    }
  }
}

}  // namespace
}  // namespace railhook
