#include "multus/ipam.h"

#include <array>
#include <optional>

#include "base/ip_text.h"
#include "base/text.h"

namespace railhook {
namespace {

// ---- What is known of the plugins' fields ----

using Check = Result<> (*)(const Setting&);
using Checks = std::map<std::string, Check, std::less<>>;

Result<> IsText(const Setting& setting) {
  std::string text;
  return setting.Read(text);
}

Result<> IsFlag(const Setting& setting) {
  bool flag = false;
  return setting.Read(flag);
}

Result<> IsNumber(const Setting& setting) {
  std::optional<std::size_t> number;
  return setting.Read(number);
}

Result<> IsTexts(const Setting& setting) {
  std::vector<std::string> texts;
  return setting.Read(texts);
}

Result<> IsAddress(const Setting& setting) {
  std::string text;
  TRY(setting.Read(text));
  return setting.Expect(FamilyOfAddress(text).has_value(), "an address, such as 10.1.0.1");
}

Result<> IsPrefix(const Setting& setting) {
  std::string text;
  TRY(setting.Read(text));
  return setting.Expect(FamilyOfPrefix(text).has_value(),
                        "an address with its prefix, such as 10.1.0.0/16");
}

// "10.1.0.0/16", or "10.1.0.5-10.1.0.9/16".
std::optional<IpFamily> FamilyOfRange(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return FamilyOfPrefix(text);
  const auto first = FamilyOfAddress(text.substr(0, dash));
  return first && first == FamilyOfPrefix(text.substr(dash + 1)) ? first : std::nullopt;
}

Result<> IsRange(const Setting& setting) {
  std::string text;
  TRY(setting.Read(text));
  return setting.Expect(FamilyOfRange(text).has_value(),
                        "a range, such as 10.1.0.0/16 or 10.1.0.5-10.1.0.9/16");
}

// The fields of `known` are as they must be; others may be there.
Result<> HasFields(const Setting& map, const Checks& known) {
  return map.ReadEach([&](const std::string& key, const Setting& value) -> Result<> {
    const auto check = known.find(key);
    return check == known.end() ? Result<>() : check->second(value);
  });
}

Result<> IsListOfMaps(const Setting& list, const Checks& known) {
  return list.ReadItems([&](const Setting& item) { return HasFields(item, known); });
}

Result<> IsRoutes(const Setting& setting) {
  return IsListOfMaps(setting, {{"dst", IsPrefix}, {"gw", IsAddress}});
}

Result<> IsDns(const Setting& setting) {
  return HasFields(
      setting,
      {{"nameservers", IsTexts}, {"domain", IsText}, {"search", IsTexts}, {"options", IsTexts}});
}

// One range of addresses, of each plugin.
Checks WhereaboutsRange() {
  return {{"range", IsRange},
          {"range_start", IsAddress},
          {"range_end", IsAddress},
          {"exclude", IsTexts},
          {"gateway", IsAddress}};
}

Checks HostLocalRange() {
  return {{"subnet", IsPrefix},
          {"rangeStart", IsAddress},
          {"rangeEnd", IsAddress},
          {"gateway", IsAddress}};
}

Checks StaticRange() { return {{"address", IsPrefix}, {"gateway", IsAddress}}; }

Result<> IsWhereaboutsRanges(const Setting& setting) {
  return IsListOfMaps(setting, WhereaboutsRange());
}

Result<> IsHostLocalRanges(const Setting& setting) {
  return setting.ReadItems([](const Setting& set) { return IsListOfMaps(set, HostLocalRange()); });
}

Result<> IsStaticRanges(const Setting& setting) { return IsListOfMaps(setting, StaticRange()); }

Result<> ComesFromPools(const Setting& setting) {
  return setting.Invalid("comes from the ippools of each SpiderMultusConfig: remove it");
}

// ---- The plugins ----

struct Plugin {
  std::string_view type;
  Checks fields;                  // of its own, as far as they can be checked
  Checks range = {};              // the fields of one range; none: it knows its pools itself
  std::string_view address = {};  // the field that every range must have
  std::string_view ranges = {};   // the field that lists a network's ranges
  std::string_view beside = {};   // a field of a range that stands beside that list
  bool chooses = false;           // an address of one of the ranges of a family, not of each
};

const std::array<Plugin, 4>& Plugins() {
  static const std::array<Plugin, 4> kPlugins = {{
      {"spiderpool",
       {{"default_ipv4_ippool", ComesFromPools},
        {"default_ipv6_ippool", ComesFromPools},
        {"match_master_subnet", ComesFromPools},
        {"log_level", IsText},
        {"log_file_path", IsText}}},
      {"whereabouts",
       {{"range", IsRange},
        {"range_start", IsAddress},
        {"range_end", IsAddress},
        {"exclude", IsTexts},
        {"ipRanges", IsWhereaboutsRanges},
        {"gateway", IsAddress},
        {"routes", IsRoutes},
        {"dns", IsDns},
        {"log_level", IsText},
        {"log_file", IsText},
        {"network_name", IsText},
        {"node_slice_size", IsText},
        {"configuration_path", IsText},
        {"enable_overlapping_ranges", IsFlag},
        {"sleep_for_race", IsNumber}},
       WhereaboutsRange(),
       "range",
       "ipRanges",
       "gateway"},
      {"host-local",
       {{"subnet", IsPrefix},
        {"rangeStart", IsAddress},
        {"rangeEnd", IsAddress},
        {"gateway", IsAddress},
        {"ranges", IsHostLocalRanges},
        {"routes", IsRoutes},
        {"dns", IsDns},
        {"dataDir", IsText},
        {"resolvConf", IsText}},
       HostLocalRange(),
       "subnet",
       "ranges",
       "",
       true},
      {"static",
       {{"addresses", IsStaticRanges}, {"routes", IsRoutes}, {"dns", IsDns}},
       StaticRange(),
       "address",
       "addresses"},
  }};
  return kPlugins;
}

const Plugin& PluginOf(const Ipam& ipam) {
  for (const Plugin& plugin : Plugins()) {
    if (ipam.plugin.at("type") == plugin.type) return plugin;
  }
  return Plugins().front();
}

// Whether a range stands among the plugin's own fields, not in a list of ranges.
bool HasRange(const Plugin& plugin, const OrderedJson& fields) {
  return plugin.fields.contains(plugin.address) && fields.contains(plugin.address);
}

bool HasRanges(const Plugin& plugin, const OrderedJson& fields) {
  return HasRange(plugin, fields) || fields.contains(plugin.ranges);
}

// ---- The configuration ----

Result<> ReadType(const Setting& setting, OrderedJson& fields) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const Plugin& plugin : Plugins()) words.emplace_back(plugin.type, plugin.type);
  std::string type;
  TRY(setting.Read<std::string>(type, words));
  fields["type"] = type;
  return {};
}

// One range under ipam.pools.
Result<> ReadPool(const Setting& setting, const Plugin& plugin, OrderedJson& range) {
  range = OrderedJson::object();
  Setting::Keys keys;
  for (const auto& [key, check] : plugin.range) {
    keys[key] = [&range, key = key, check = check](const Setting& s) -> Result<> {
      TRY(check(s));
      return s.Read(range[key]);
    };
  }
  TRY(setting.ReadMap(keys));
  return setting.Expect(range.contains(plugin.address),
                        "a map with " + std::string(plugin.address));
}

Result<> ReadPools(const Setting& setting, const Plugin& plugin, Ipam& ipam) {
  if (plugin.range.empty()) {
    return setting.Invalid("is not for " + std::string(plugin.type) +
                           ", which knows its pools itself: remove it");
  }
  return setting.ReadEach([&](const std::string& name, const Setting& pool) {
    return ReadPool(pool, plugin, ipam.pools[name]);
  });
}

Result<> ReadField(const std::string& key, const Setting& setting, const Plugin& plugin,
                   Ipam& ipam) {
  OrderedJson value;
  TRY(setting.Read(value));
  if (key == "type" || value.is_null()) return {};
  if (key == "pools") return ReadPools(setting, plugin, ipam);
  const auto check = plugin.fields.find(key);
  if (check != plugin.fields.end()) TRY(check->second(setting));
  ipam.plugin[key] = std::move(value);
  return {};
}

// There are addresses, and no field of a range stands alone.
Result<> CheckRanges(const Setting& setting, const Plugin& plugin, const Ipam& ipam) {
  if (plugin.range.empty()) return {};
  const std::string address(plugin.address), ranges(plugin.ranges);
  const bool in_place = HasRange(plugin, ipam.plugin);
  for (const auto& [key, check] : plugin.range) {
    if (in_place || key == plugin.beside || !ipam.plugin.contains(key)) continue;
    return setting.Invalid("has " + key + ", which is a part of a range: write it " +
                           (plugin.fields.contains(address) ? "beside " + address + ", or " : "") +
                           "under " + ranges + " or pools");
  }
  if (!ipam.pools.empty() || HasRanges(plugin, ipam.plugin)) return {};
  return setting.Invalid("has no addresses: write " + ranges + " for all networks, or pools");
}

Result<> ReadIpam(const Setting& setting, Ipam& ipam) {
  ipam = Ipam();
  ipam.plugin.erase("type");
  bool has_fields = false;
  TRY(setting.ReadEach([&](const std::string& key, const Setting& value) {
    has_fields = true;
    return key == "type" ? ReadType(value, ipam.plugin) : Result<>();
  }));
  if (!ipam.plugin.contains("type")) {
    ipam = Ipam();
    return setting.Expect(!has_fields, "type, too: spiderpool, whereabouts, host-local or static");
  }
  const Plugin& plugin = PluginOf(ipam);
  TRY(setting.ReadEach([&](const std::string& key, const Setting& value) {
    return ReadField(key, value, plugin, ipam);
  }));
  return CheckRanges(setting, plugin, ipam);
}

// ---- A network's addresses ----

Result<OrderedJson> SpiderpoolsAddresses(const WantedPools& pools, OrderedJson plugin) {
  if (!pools.ipv4.empty()) plugin["default_ipv4_ippool"] = pools.ipv4;
  if (!pools.ipv6.empty()) plugin["default_ipv6_ippool"] = pools.ipv6;
  if (pools.match_master_subnet) plugin["match_master_subnet"] = true;
  return plugin;
}

tl::unexpected<Error> Refuse(const std::string& field, const std::string& what) {
  return Fail(ErrorCode::kInvalid, field + ' ' + what);
}

// The ranges that pools of one family stand for.
class Mapping {
 public:
  Mapping(const Ipam& ipam, const Plugin& plugin) : ipam_(ipam), plugin_(plugin) {}

  Result<> Add(const std::string& field, const std::vector<std::string>& pools, IpFamily family) {
    if (pools.size() > 1 && !plugin_.chooses) {
      return Refuse(field, "names " + std::to_string(pools.size()) + " pools, and " +
                               std::string(plugin_.type) +
                               " would give an address of each: write one");
    }
    OrderedJson ranges = OrderedJson::array();
    for (const std::string& pool : pools) ranges.push_back(TRY(RangeOf(field, pool, family)));
    if (plugin_.chooses && !ranges.empty()) ranges = OrderedJson::array({std::move(ranges)});
    for (OrderedJson& range : ranges) ranges_.push_back(std::move(range));
    return {};
  }

  // The plugin's fields with the ranges, instead of those for networks that name no pool.
  Result<OrderedJson> Take(const std::string& field) && {
    OrderedJson fields = ipam_.plugin;
    for (OrderedJson& range : ranges_) TRY(MoveBeside(field, range, fields));
    for (const auto& [key, check] : plugin_.range) {
      if (key != plugin_.beside) fields.erase(key);
    }
    fields[std::string(plugin_.ranges)] = std::move(ranges_);
    return fields;
  }

 private:
  Result<> MoveBeside(const std::string& field, OrderedJson& range, OrderedJson& fields) {
    const std::string key(plugin_.beside);
    if (key.empty() || !range.contains(key)) return {};
    if (moved_ && *moved_ != range[key]) {
      return Refuse(field, "names pools of which each has a " + key + " of its own, and " +
                               std::string(plugin_.type) + " takes one: keep one under ipam.pools");
    }
    moved_ = fields[key] = range[key];
    range.erase(key);
    return {};
  }

  Result<OrderedJson> RangeOf(const std::string& field, const std::string& pool, IpFamily family) {
    const auto known = ipam_.pools.find(pool);
    if (known == ipam_.pools.end()) return Unknown(field, pool);
    const auto& address = known->second.at(plugin_.address).get_ref<const std::string&>();
    if (FamilyOfRange(address) == family) return known->second;
    return Refuse(field, "names the pool " + Quoted(pool) + ", but ipam.pools." + pool + '.' +
                             std::string(plugin_.address) + " of the configuration is " + address +
                             ": write addresses of " + std::string(NameOf(family)) + " there");
  }

  tl::unexpected<Error> Unknown(const std::string& field, const std::string& pool) {
    std::vector<std::string> names;
    for (const auto& [name, range] : ipam_.pools) names.push_back(name);
    return Refuse(field, "names the pool " + Quoted(pool) + ", which " + std::string(plugin_.type) +
                             " can't know" + DidYouMean(pool, names) +
                             ": write what it stands for to the configuration, as ipam.pools." +
                             pool + ": {" + std::string(plugin_.address) + ": ...}");
  }

  const Ipam& ipam_;
  const Plugin& plugin_;
  OrderedJson ranges_ = OrderedJson::array();
  std::optional<OrderedJson> moved_;
};

Result<OrderedJson> MappedAddresses(const WantedPools& pools, const Ipam& ipam,
                                    const Plugin& plugin) {
  Mapping mapping(ipam, plugin);
  TRY(mapping.Add(pools.field + ".ipv4", pools.ipv4, IpFamily::kIpv4));
  TRY(mapping.Add(pools.field + ".ipv6", pools.ipv6, IpFamily::kIpv6));
  return std::move(mapping).Take(pools.field);
}

}  // namespace

Setting::Keys KeysOf(Ipam& ipam) {
  return {{"ipam", [&](const Setting& setting) { return ReadIpam(setting, ipam); }}};
}

Result<OrderedJson> AddressesOf(const WantedPools& pools, const Ipam& ipam) {
  const Plugin& plugin = PluginOf(ipam);
  if (plugin.range.empty()) return SpiderpoolsAddresses(pools, ipam.plugin);
  if (pools.match_master_subnet) {
    return Refuse(pools.field + ".matchMasterSubnet",
                  "works with Spiderpool's IPAM alone, and ipam.type of the configuration is " +
                      Quoted(plugin.type) + ": remove it");
  }
  if (!pools.ipv4.empty() || !pools.ipv6.empty()) return MappedAddresses(pools, ipam, plugin);
  if (HasRanges(plugin, ipam.plugin)) return ipam.plugin;
  return Refuse(pools.field, "names no pool, and the configuration has no ipam." +
                                 std::string(plugin.ranges) +
                                 " for networks without one: write ippools: {ipv4: [POOL]}, or "
                                 "disableIPAM: true under spec");
}

}  // namespace railhook
