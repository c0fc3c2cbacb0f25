#pragma once
// The types of SpiderMultusConfigs, and where each has its settings.

#include <string>
#include <string_view>
#include <vector>

namespace railhook {

struct CniType {
  std::string name;                 // "ib-sriov": the value of spec.cniType
  std::string settings;             // "ibsriov": the member of spec with its settings
  std::vector<std::string> fields;  // of the settings, where they are a map
  std::string resource;             // the field that names the resource; "" where none can
  bool is_rail;                     // pods can be given it by class
};

// All of them, sorted by name.
const std::vector<CniType>& CniTypes();

// The type of that name, or null.
const CniType* FindCniType(std::string_view name);

}  // namespace railhook
