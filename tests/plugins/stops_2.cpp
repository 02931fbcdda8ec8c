#include "server/library/plugin.h"

// The example plug-in's next version: every scan counts as a stop. It has no view any more.
namespace {

const auto truck_of = [](const nlohmann::json& scan) { return scan.at("truck").get<std::string>(); };
const auto count = [](nlohmann::json& stops, const nlohmann::json&) {
  stops = {{"count", stops.is_object() ? stops["count"].get<int>() + 1 : 1}};
};

const laterbase_fold folds[] = {
    laterbase::plugin_fold<nlohmann::json, nlohmann::json>("trucks", "stops_by_truck", truck_of, count)};
const laterbase_plugin plugin = {laterbase_plugin_abi, "stops", "2", folds, 1, nullptr, 0};

}  // namespace

extern "C" const laterbase_plugin* laterbase_plugin_entry() { return &plugin; }
