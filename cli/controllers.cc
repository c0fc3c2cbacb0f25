#include "cli/controllers.h"

#include "base/text.h"

namespace railhook {
namespace {

constexpr std::string_view kMultus = "multus";

}  // namespace

Result<Controllers> ParseControllers(std::string_view list) {
  Controllers controllers;
  for (const std::string& name : SplitList(list)) {
    if (name != kMultus) {
      return Fail(ErrorCode::kInvalid,
                  "there is no controller " + Quoted(name) + ": write " + std::string(kMultus));
    }
    controllers.multus = true;
  }
  return controllers;
}

Setting::Keys KeysOf(Controllers& controllers) {
  return {{"controllers", [&](const Setting& setting) {
             return setting.ReadItems([&](const Setting& item) {
               return item.Read<bool>(controllers.multus, {{std::string(kMultus), true}});
             });
           }}};
}

}  // namespace railhook
