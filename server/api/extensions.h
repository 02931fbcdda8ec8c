#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/http/router.h"
#include "views/relation_source.h"

// What somebody's own code adds to a node (server/laterbase.h, plug-ins).
//
// Threads: the functions are called from any, several at once. Lifetime: longer than the services'.
namespace laterbase::api {

struct Extensions {
  // Relations that code makes in the database of that name.
  std::function<std::vector<views::SourceMaker>(const std::string& database)> sources;
  // Views of this node alone in that database: names and SELECTs.
  std::function<std::vector<std::pair<std::string, std::string>>(const std::string& database)> views;
  // Why an event that is about to be written here is refused. Its key is what the caller gave; otherwise it is zero.
  std::function<std::optional<std::string>(const std::string& database, const Event& event)> validate;
  // In front of the node's own.
  std::function<std::vector<http::Route>(class Services&)> routes;
};

}  // namespace laterbase::api
