// What the kernel answers by netlink, cut off or made up.

#include "tests/fuzz/fuzz.h"
#include "vfmanager/link_messages.h"
#include "vfmanager/routing_messages.h"

namespace railhook {
namespace {

// NLMSG_ERROR, NLMSG_DONE, links, addresses, routes, rules, and RDMA's answer.
constexpr std::uint16_t kTypes[] = {2, 3, 16, 20, 24, 32, 5126};

void FuzzAttributes(std::string_view payload, int depth) {
  std::size_t sum = 0;
  for (const NetlinkAttribute& attribute : SplitAttributes(payload)) {
    sum += attribute.value.size();
    Expect(attribute.Text().size() <= attribute.value.size(), "a text is no longer than its value");
    if (depth > 0) FuzzAttributes(attribute.value, depth - 1);
  }
  Expect(sum <= payload.size(), "attributes don't overlap");
}

void FuzzAnswer(const NetlinkAnswer& answer) {
  FuzzAttributes(answer.payload, 3);
  ReadVerdict(answer);
  ReadRdmaMode(answer);
  const auto link = ReadLink(answer);
  Expect(!link || !link->name.empty(), "a link has a name");
  Routing routing;
  ReadInto(routing, answer, {{7, "ens1"}});
  for (const LinkAddress& one : routing.addresses)
    Expect(IpPrefix::Parse(one.address.Text()) == one.address, "an address is written as one");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const std::string_view bytes = AsText(data, size);
  for (const NetlinkAnswer& answer : SplitAnswers(bytes)) FuzzAnswer(answer);
  for (const std::uint16_t type : kTypes) FuzzAnswer({type, 0x200, bytes});
  return 0;
}
