#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/triples/version.h"

// Definitions are facts too: ["@table", name, "definition", {…}], and the same of "@view" and "@index"; null drops.
// The one of the greatest version counts; of a table all since the last drop matter (see table.h).
namespace laterbase::triples {

inline constexpr std::string_view table_type = "@table", view_type = "@view", index_type = "@index";
inline constexpr std::string_view definition_attribute = "definition";

class Definitions {
 public:
  struct Definition {
    Version version;
    std::string json;
    bool dropped() const noexcept { return json == "null"; }
  };
  using Versions = std::map<Version, std::string>;

  void add(std::string_view type, std::string_view name, const Version& version, std::string_view json) {
    all_[std::string(type)][std::string(name)][version] = json;
  }
  void remove(std::string_view type, std::string_view name, const Version& version);

  // All of them as bytes, and back. Errors: false, where the bytes are not that.
  std::string save() const;
  bool load(BytesView saved);

  // Nothing where there never was one, or the last one drops it.
  std::optional<Definition> find(std::string_view type, std::string_view name) const;
  const Versions* versions(std::string_view type, std::string_view name) const;
  // Of those that are not dropped, ascending.
  std::vector<std::string> names(std::string_view type) const;
  // Without the tables and views that don't have one of these names.
  Definitions only(const std::set<std::string, std::less<>>& names) const;

  bool operator==(const Definitions&) const = default;

 private:
  std::map<std::string, std::map<std::string, Versions, std::less<>>, std::less<>> all_;
};

}  // namespace laterbase::triples
