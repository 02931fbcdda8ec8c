#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

// A repository's text files, held in memory, so that a made-up tree is checked as the real one is.
namespace laterbase::tree_rules {

// From a path relative to the root, with forward slashes, to the file's text.
using Tree = std::map<std::string, std::string>;

// Every source, build file and script below root, but for what git ignores (build, data) and hidden folders.
// Throws std::filesystem::filesystem_error.
Tree read_tree(const std::string& root);

std::vector<std::string_view> lines_of(std::string_view text);

// What an #include line names, and whether in quotes.
struct Include {
  std::string name;
  bool quoted = false;
  std::size_t line = 0;  // from 1
};

std::vector<Include> includes_of(std::string_view text);

bool is_header(std::string_view path);
bool is_source(std::string_view path);  // .h or .cpp

}  // namespace laterbase::tree_rules
