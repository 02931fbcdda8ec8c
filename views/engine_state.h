#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/events/event.h"
#include "engine/triples/store.h"

// What an engine is at one position of its log, as bytes: checkpoint.h keeps it in the environment.
namespace laterbase::views {

// Where a view's circuit is.
struct StoredCircuit {
  std::uint64_t id = 0;  // 0: nowhere
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;
};

// Of a view, or of a relation that code makes, which has no definition.
struct SavedView {
  std::string name;
  std::string definition;  // JSON
  bool local = false;
  Lc changed = 0;
  StoredCircuit stored;  // where it is stored, or will be
  std::string circuit;   // its bytes, where they have to be stored
  bool is_new = false;
};

struct EngineState {
  Lc position = 0;
  Ulid greatest_key;
  triples::Save tables;
  std::vector<SavedView> views, sources;
  std::uint64_t work = 0;  // Engine::unsaved_work() of then
};

// A circuit's bytes; nothing where they are not what was written.
using ReadCircuit = std::function<std::optional<std::string>(const StoredCircuit& stored)>;

}  // namespace laterbase::views
