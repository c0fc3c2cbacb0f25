#pragma once
// What a leader keeps in a cluster beside certificates and registrations.

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/setting.h"

namespace railhook {

struct Controllers {
  bool multus = false;  // a NetworkAttachmentDefinition for each SpiderMultusConfig
};

// Those in a list such as "multus", separated by commas; none in "". kInvalid names one that
// doesn't exist, and the nearest that does.
Result<Controllers> ParseControllers(std::string_view list);

// The keys of the configuration file that set `controllers`, which must outlive them.
Setting::Keys KeysOf(Controllers& controllers);

}  // namespace railhook
