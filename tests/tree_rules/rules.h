#pragma once

#include <string>
#include <vector>

#include "tests/tree_rules/tree.h"

// The tree's own rules: who may include whom, who may see which library, and how files look.
namespace laterbase::tree_rules {

struct Complaint {
  std::string place;  // path, or path:line
  std::string what;   // one sentence
};

// The map of rooms: an include goes down or stays, never up or sideways; a quoted include names a file of the tree.
std::vector<Complaint> check_includes(const Tree& tree);

// LMDB in one .cpp, spdlog in one, Beast in three of the server and one of whoever else owns a socket; coroutines only
// beside sockets. Tests and benchmarks may use what they like.
std::vector<Complaint> check_libraries(const Tree& tree);

// Line and file lengths, tabs, headers' first lines, words that promise instead of doing.
std::vector<Complaint> check_looks(const Tree& tree);

// A folder of sources that no CMakeLists.txt builds is a folder of untested sources.
std::vector<Complaint> check_registered(const Tree& tree);

// All of the above.
std::vector<Complaint> check(const Tree& tree);

}  // namespace laterbase::tree_rules
