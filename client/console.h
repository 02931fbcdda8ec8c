#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

// What the client prints: words and tables for a person at a terminal, JSON for a program that reads a pipe.
namespace laterbase::client {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t columns = 100;  // of the terminal
};

// This process's, with the width of its terminal.
Console standard_console();

// One event as the node sends it, in JSON: as it is for a program, in columns and cut to the width for a person.
void print_event(const Console& console, std::string_view json);

std::string with_commas(std::uint64_t number);  // 1,234,567
std::string human_bytes(std::uint64_t bytes);   // 1.4 MiB
std::string human_duration(double seconds);     // 0.42 s

// A line on stderr that says how far long work is, drawn again and again; nothing where stderr is no terminal.
class Progress {
 public:
  // `total` in the unit of done, 0 where it is not known.
  Progress(const Console& console, std::uint64_t total) : console_(console), total_(total) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::string_view words);
  void clear();

 private:
  const Console& console_;
  std::uint64_t total_;
  std::int64_t last_us_ = 0;
  bool drawn_ = false;
};

}  // namespace laterbase::client
