#include "server/api/answers.h"
#include "server/api/routes.h"

// What plug-ins are loaded, and which were refused.
namespace laterbase::api {
namespace {

void append_names(std::string& out, std::string_view member, const std::vector<std::string>& names) {
  out.append(",\"").append(member).append("\":[");
  for (const std::string& name : names) {
    if (&name != names.data()) out += ',';
    http::append_json_string(out, name);
  }
  out += ']';
}

void append_text(std::string& out, std::string_view member, const std::string& text) {
  out.append(",\"").append(member).append("\":");
  http::append_json_string(out, text);
}

void list_plugins(Services& services, Exchange& exchange) {
  std::string& out = exchange.reply.body;
  out += "{\"plugins\":[";
  const auto all = services.plugins.list();
  for (const plugins::PluginInfo& info : all) {
    if (&info != all.data()) out += ",\n";
    out += "{\"file\":";
    http::append_json_string(out, info.file);
    append_text(out, "state", info.name.empty() ? "refused" : "loaded");
    if (!info.name.empty()) {
      append_text(out, "name", info.name);
      append_text(out, "version", info.version);
    }
    if (!info.trouble.empty()) append_text(out, "trouble", info.trouble);
    append_names(out, "folds", info.folds);
    append_names(out, "views", info.views);
    out += '}';
  }
  out += "]}\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
}

}  // namespace

std::vector<http::Route> plugin_routes(Services& s) {
  return {{http::Method::get,
           "/plugins",
           http::Role::admin,
           [&s](Exchange& x) { list_plugins(s, x); },
           {"Plug-ins: what is loaded, and why others are refused", {}, {}, {json_type}, {200}}}};
}

}  // namespace laterbase::api
