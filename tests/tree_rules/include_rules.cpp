#include <array>
#include <set>

#include "tests/tree_rules/rules.h"

// The map of rooms as a table, and the libraries that only few files may see.
namespace laterbase::tree_rules {
namespace {

struct Room {
  std::string folder;
  std::set<std::string> may_include;  // besides itself
};

const std::set<std::string> all_of_the_engine = {"config",       "engine/base",    "engine/storage", "engine/events",
                                                 "engine/table", "engine/triples", "engine/ivm",     "engine/folds"};

std::set<std::string> engine_and(std::set<std::string> others) {
  others.insert(all_of_the_engine.begin(), all_of_the_engine.end());
  return others;
}

// Longer folders before the folders that they are in.
const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {"engine/base", {}},
      {"engine/storage", {"config", "engine/base"}},
      {"engine/events", {"config", "engine/base", "engine/storage"}},
      {"engine/table", {"engine/base", "engine/storage"}},
      {"engine/ivm", {"config", "engine/base", "engine/storage", "engine/table"}},
      {"engine/triples", {"config", "engine/base", "engine/storage", "engine/events", "engine/table", "engine/ivm"}},
      {"engine/folds", {"engine/base", "engine/storage", "engine/events"}},
      {"config", {}},
      {"views/sql", {"engine/base", "engine/ivm"}},
      {"views/tree", {"engine/base", "engine/ivm", "views/sql"}},
      {"views", engine_and({"views/sql", "views/tree"})},
      {"sync", all_of_the_engine},
      {"client", {"config", "engine/base", "engine/storage", "engine/events"}},
      {"server", engine_and({"views", "sync"})},
      {"program", engine_and({"views", "sync", "server", "client"})},
      {"tests", engine_and({"views", "views/sql", "views/tree", "sync", "server", "client"})},
      {"bench", engine_and({"views", "views/sql", "views/tree", "sync", "server", "client", "tests"})},
      {"examples", engine_and({"views", "sync", "server"})},
  };
  return table;
}

const Room* room_of(const std::string& path) {
  for (const Room& room : rooms()) {
    if (path.starts_with(room.folder + "/")) return &room;
  }
  return nullptr;
}

// A library, where its headers are seen, and by how many files of one room.
struct Library {
  std::string header_prefix;
  std::string room_prefix;
  std::size_t most_files;
};

const std::array<Library, 6> libraries = {{
    {"pg_query.h", "views/sql/", 1},
    {"lmdb.h", "engine/storage/", 1},
    {"spdlog/", "engine/base/", 1},
    {"boost/beast", "server/", 3},
    {"boost/beast", "client/", 1},
    {"boost/beast", "sync/", 1},
}};

bool is_production(const std::string& path) {
  return is_source(path) && !path.starts_with("tests/") && !path.starts_with("bench/");
}

bool sees(const std::string& text, const std::string& header_prefix) {
  for (const Include& include : includes_of(text)) {
    if (include.name.starts_with(header_prefix)) return true;
  }
  return false;
}

void check_include(const Tree& tree, const std::string& path, const Include& include,
                   std::vector<Complaint>& complaints) {
  const std::string place = path + ":" + std::to_string(include.line);
  if (!tree.contains(include.name)) {
    complaints.push_back({place, "\"" + include.name + "\" is not a path from the root of the repository"});
    return;
  }
  const Room* from = room_of(path);
  const Room* to = room_of(include.name);
  if (from == nullptr || to == nullptr || from == to || from->may_include.contains(to->folder)) return;
  complaints.push_back({place, from->folder + " must not know " + to->folder});
}

void check_library(const Tree& tree, const Library& library, std::vector<Complaint>& complaints) {
  std::size_t files = 0;
  for (const auto& [path, text] : tree) {
    if (!path.starts_with(library.room_prefix) || !sees(text, library.header_prefix)) continue;
    if (++files <= library.most_files) continue;
    complaints.push_back({path, "<" + library.header_prefix + "…> is in more than " +
                                    std::to_string(library.most_files) + " files of " + library.room_prefix});
  }
}

bool may_see(const std::string& path, const std::string& header_prefix) {
  for (const Library& library : libraries) {
    if (library.header_prefix == header_prefix && path.starts_with(library.room_prefix)) return true;
  }
  return false;
}

bool may_suspend(const std::string& path) {
  return path.starts_with("server/") || path.starts_with("sync/") || path.starts_with("client/");
}

}  // namespace

std::vector<Complaint> check_includes(const Tree& tree) {
  std::vector<Complaint> complaints;
  for (const auto& [path, text] : tree) {
    if (!is_source(path)) continue;
    for (const Include& include : includes_of(text)) {
      if (include.quoted) check_include(tree, path, include, complaints);
    }
  }
  return complaints;
}

std::vector<Complaint> check_libraries(const Tree& tree) {
  std::vector<Complaint> complaints;
  for (const Library& library : libraries) check_library(tree, library, complaints);
  for (const auto& [path, text] : tree) {
    if (!is_production(path)) continue;
    for (const Library& library : libraries) {
      if (may_see(path, library.header_prefix) || !sees(text, library.header_prefix)) continue;
      complaints.push_back({path, "<" + library.header_prefix + "…> is not for this room"});
      break;
    }
    if (!may_suspend(path) && text.find("co_await ") != std::string::npos) {
      complaints.push_back({path, "coroutines are only for what owns a socket"});
    }
  }
  return complaints;
}

}  // namespace laterbase::tree_rules
