#include "tests/tree_rules/tree.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace laterbase::tree_rules {
namespace {

namespace fs = std::filesystem;

bool skipped_folder(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name == "data" || (name.size() > 1 && name[0] == '.' && name != ".ci");
}

bool is_text_we_check(const fs::path& path) {
  const std::string name = path.filename().string();
  return is_source(name) || name == "CMakeLists.txt" || name == "Dockerfile" || name == "dev" || name == "run" ||
         name.ends_with(".cmake") || name.ends_with(".sh") || name.ends_with(".html") || name.ends_with(".js") ||
         name.ends_with(".css");
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool is_header(std::string_view path) { return path.ends_with(".h"); }

bool is_source(std::string_view path) { return is_header(path) || path.ends_with(".cpp"); }

Tree read_tree(const std::string& root) {
  Tree tree;
  for (fs::recursive_directory_iterator at(root), end; at != end; ++at) {
    if (at->is_directory()) {
      if (skipped_folder(at->path())) at.disable_recursion_pending();
    } else if (at->is_regular_file() && is_text_we_check(at->path())) {
      tree[fs::relative(at->path(), root).generic_string()] = read_file(at->path());
    }
  }
  return tree;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> found;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    if (!line.starts_with("#include ")) continue;
    line.remove_prefix(std::string_view("#include ").size());
    const std::size_t end = line.find_first_of("\">", 1);
    if (line.empty() || end == std::string_view::npos) continue;
    found.push_back({std::string(line.substr(1, end - 1)), line.front() == '"', number});
  }
  return found;
}

}  // namespace laterbase::tree_rules
