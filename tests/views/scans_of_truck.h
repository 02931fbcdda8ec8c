#pragma once

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "views/database.h"
#include "views/fold_relation.h"

// A fold for tests, whose order matters: the relation "scans".
namespace laterbase::views::tests {

using Json = nlohmann::json;

struct Value : folds::Input {
  Json json;
};
struct Scans : folds::State {
  Json json = {{"n", 0}, {"scans", ""}};
};

// {"truck":"t7","scan":"x"}: the truck's scans in their order. A scan "!" can't be folded after "bad".
class ScansOfTruck : public folds::Reducer {
 public:
  std::uint64_t identity() const override { return 1; }
  std::unique_ptr<folds::Input> read(const Event& event) const override {
    auto value = std::make_unique<Value>();
    if (event.is_json) value->json = Json::parse(event.value);
    if (!value->json.is_object()) throw folds::Undecodable("no object");
    return value;
  }
  std::vector<std::string> keys_of(const folds::Input& input) const override {
    const auto& json = static_cast<const Value&>(input).json;
    return json.contains("truck") ? std::vector<std::string>{json["truck"]} : std::vector<std::string>{};
  }
  std::unique_ptr<folds::State> initial(const std::string&) const override { return std::make_unique<Scans>(); }
  std::unique_ptr<folds::State> copy(const folds::State& state) const override {
    return std::make_unique<Scans>(static_cast<const Scans&>(state));
  }
  void apply(folds::State& state, const std::string&, const folds::Input& input) const override {
    Json& json = static_cast<Scans&>(state).json;
    const std::string scan = static_cast<const Value&>(input).json["scan"];
    std::string scans = json["scans"];
    if (scan == "!" && scans.ends_with("bad")) throw std::runtime_error("a bad scan");
    json["n"] = json["n"].get<int>() + 1;
    json["scans"] = scans + scan;
  }
  std::string show(const folds::State& state) const override { return static_cast<const Scans&>(state).json.dump(); }
  std::string save(const folds::State& state) const override { return show(state); }
  std::unique_ptr<folds::State> load(std::string_view bytes) const override {
    auto scans = std::make_unique<Scans>();
    scans->json = Json::parse(bytes);
    return scans;
  }
};

inline DatabaseOptions with_folds() {
  DatabaseOptions options;
  options.sources = [](const std::string&) {
    return std::vector<SourceMaker>{[](LogReader& log) {
      return std::make_unique<FoldRelation>("scans", std::make_shared<ScansOfTruck>(), log, folds::FoldOptions{3});
    }};
  };
  return options;
}

}  // namespace laterbase::views::tests
