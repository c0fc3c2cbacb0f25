#include "vfmanager/kernel_events.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace railhook {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST_CASE("what is so already isn't waited for") {
  KernelEvents events;
  CHECK(events.Await([] { return true; }, steady_clock::now() - 1s, {}));
}

TEST_CASE("what comes to be so without an event is seen, too") {
  KernelEvents events;
  std::atomic<bool> ready = false;
  const std::jthread later([&] {
    std::this_thread::sleep_for(20ms);
    ready = true;
  });
  CHECK(events.Await([&] { return ready.load(); }, steady_clock::now() + 60s, {}));
}

TEST_CASE("a wait ends with its time, and when it is to stop") {
  KernelEvents events;
  CHECK_FALSE(events.Await([] { return false; }, steady_clock::now() + 20ms, {}));
  std::stop_source stop;
  const std::jthread later([&] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  CHECK_FALSE(events.Await([] { return false; }, steady_clock::now() + 600s, stop.get_token()));
}

}  // namespace
}  // namespace railhook
