#include "engine/triples/definitions.h"

#include "engine/triples/stored_bytes.h"

namespace laterbase::triples {

const Definitions::Versions* Definitions::versions(std::string_view type, std::string_view name) const {
  const auto of_type = all_.find(type);
  if (of_type == all_.end()) return nullptr;
  const auto found = of_type->second.find(name);
  return found == of_type->second.end() || found->second.empty() ? nullptr : &found->second;
}

void Definitions::remove(std::string_view type, std::string_view name, const Version& version) {
  const auto of_type = all_.find(type);
  if (of_type == all_.end()) return;
  const auto found = of_type->second.find(name);
  if (found != of_type->second.end()) found->second.erase(version);
}

std::string Definitions::save() const {
  std::string saved;
  for (const auto& [type, names] : all_) {
    for (const auto& [name, versions] : names) {
      for (const auto& [version, json] : versions) {
        append_text(saved, type);
        append_text(saved, name);
        append_version(saved, version);
        append_text(saved, json);
      }
    }
  }
  return saved;
}

bool Definitions::load(BytesView saved) {
  ByteReader reader(saved);
  while (!reader.at_end()) {
    const BytesView type = reader.text(), name = reader.text();
    const Version version = reader.version();
    const BytesView json = reader.text();
    if (!reader.ok()) return false;
    add(type, name, version, json);
  }
  return reader.ok();
}

std::optional<Definitions::Definition> Definitions::find(std::string_view type, std::string_view name) const {
  const Versions* all = versions(type, name);
  if (all == nullptr) return std::nullopt;
  Definition last{all->rbegin()->first, all->rbegin()->second};
  return last.dropped() ? std::nullopt : std::optional(std::move(last));
}

std::vector<std::string> Definitions::names(std::string_view type) const {
  std::vector<std::string> names;
  const auto of_type = all_.find(type);
  if (of_type == all_.end()) return names;
  for (const auto& [name, versions] : of_type->second)
    if (!versions.empty() && versions.rbegin()->second != "null") names.push_back(name);
  return names;
}

Definitions Definitions::only(const std::set<std::string, std::less<>>& names) const {
  Definitions some = *this;
  for (auto& [type, of_type] : some.all_) {
    if (type != table_type && type != view_type) continue;
    std::erase_if(of_type, [&](const auto& entry) { return !names.contains(entry.first); });
  }
  return some;
}

}  // namespace laterbase::triples
