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

TEST_CASE("events of PCI functions and their devices count, those of pods' own links don't") {
  using namespace std::string_view_literals;
  constexpr auto kPci =
      "unbind@/devices/pci0000:00/0000:00:02.0/0000:01:10.0\0ACTION=unbind\0"
      "DEVPATH=/devices/pci0000:00/0000:00:02.0/0000:01:10.0\0SUBSYSTEM=pci\0SEQNUM=7\0"sv;
  constexpr auto kDevice = "add@/devices/x\0DEVPATH=/devices/pci0000:00/x\0SUBSYSTEM="sv;
  constexpr auto kVirtual = "add@/devices/x\0DEVPATH=/devices/virtual/x\0SUBSYSTEM="sv;
  const auto of = [](std::string_view start, std::string_view subsystem) {
    return IsOfNic(std::string(start) + std::string(subsystem) + '\0');
  };
  CHECK(IsOfNic(kPci));
  CHECK(of(kDevice, "net"));
  CHECK(of(kDevice, "infiniband"));
  CHECK_FALSE(of(kDevice, "infiniband_verbs"));  // beside one of infiniband
  CHECK_FALSE(of(kDevice, "queues"));
  CHECK_FALSE(of(kDevice, ""));
  CHECK_FALSE(of(kVirtual, "net"));
  CHECK_FALSE(IsOfNic("libudev\0SUBSYSTEM"sv));
  CHECK_FALSE(IsOfNic(""));
}

TEST_CASE("listening for NICs ends at once") {
  const NicEvents events([] {});
}

}  // namespace
}  // namespace railhook
