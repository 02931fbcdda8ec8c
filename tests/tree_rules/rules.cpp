#include "tests/tree_rules/rules.h"

namespace laterbase::tree_rules {
namespace {

constexpr std::size_t longest_line = 120;
constexpr std::size_t longest_file = 400;

std::string at_line(const std::string& path, std::size_t line) { return path + ":" + std::to_string(line); }

// In characters, not bytes: UTF-8's continuation bytes don't count.
std::size_t width(std::string_view line) {
  std::size_t characters = 0;
  for (const char byte : line) characters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return characters;
}

// Written in two halves, so that this file passes its own check.
const std::vector<std::string> unkept_promises = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "not "
    "implemented",
    "un"
    "implemented"};

void check_line(const std::string& place, std::string_view line, std::vector<Complaint>& complaints) {
  if (width(line) > longest_line) complaints.push_back({place, "the line is longer than 120 characters"});
  if (line.find('\t') != std::string_view::npos) complaints.push_back({place, "there is a tab in the line"});
  for (const std::string& promise : unkept_promises) {
    if (line.find(promise) != std::string_view::npos) complaints.push_back({place, "it says '" + promise + "'"});
  }
}

void check_header(const std::string& path, const std::vector<std::string_view>& lines,
                  std::vector<Complaint>& complaints) {
  if (lines.empty() || lines.front() != "#pragma once") {
    complaints.push_back({path, "a header begins with #pragma once"});
  }
  for (const std::string_view line : lines) {
    if (line.starts_with("// ")) return;
  }
  complaints.push_back({path, "a header is a contract: it says in a comment what it is"});
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool adds(const Tree& tree, const std::string& build_file, const std::string& folder) {
  const auto found = tree.find(build_file);
  return found != tree.end() && found->second.find("add_subdirectory(" + folder + ")") != std::string::npos;
}

bool is_registered(const Tree& tree, const std::string& folder) {
  const auto build_file = tree.find(folder + "/CMakeLists.txt");
  if (build_file == tree.end()) return folder == "tests/support";
  if (folder.starts_with("tests/") && folder != "tests/fuzz" && folder != "tests/support") {
    const std::string& text = build_file->second;
    return text.find("laterbase_test(") != std::string::npos || text.find("add_test(") != std::string::npos;
  }
  if (folder.starts_with("tests") || folder.starts_with("bench")) return true;
  return adds(tree, "CMakeLists.txt", folder) ||
         adds(tree, folder_of(folder) + "/CMakeLists.txt", folder.substr(folder.rfind('/') + 1));
}

}  // namespace

std::vector<Complaint> check_looks(const Tree& tree) {
  std::vector<Complaint> complaints;
  for (const auto& [path, text] : tree) {
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) check_line(at_line(path, i + 1), lines[i], complaints);
    if (lines.size() > longest_file) complaints.push_back({path, "the file has more than 400 lines"});
    if (is_header(path)) check_header(path, lines, complaints);
  }
  return complaints;
}

std::vector<Complaint> check_registered(const Tree& tree) {
  std::vector<Complaint> complaints;
  std::string last;
  for (const auto& [path, text] : tree) {
    const std::string folder = folder_of(path);
    if (!path.ends_with(".cpp") || folder == last || folder.starts_with("examples")) continue;
    last = folder;
    if (!is_registered(tree, folder)) complaints.push_back({folder, "no CMakeLists.txt builds this folder"});
  }
  return complaints;
}

std::vector<Complaint> check(const Tree& tree) {
  std::vector<Complaint> complaints;
  for (const auto rule : {check_includes, check_libraries, check_looks, check_registered}) {
    for (Complaint& complaint : rule(tree)) complaints.push_back(std::move(complaint));
  }
  return complaints;
}

}  // namespace laterbase::tree_rules
