#pragma once

#include <string>

// What PostgreSQL has and this has not, by name: so that nobody looks for a spelling mistake.
namespace laterbase::sql {

// Throws 0A000 with what to do instead where PostgreSQL has a function of that name.
void refuse_known_function(const std::string& name, int offset);
// Of functions that have only some of their forms: 0A000 where another one may be meant.
void refuse_other_forms(const std::string& name, int offset);
void refuse_known_operator(const std::string& name, int offset);

}  // namespace laterbase::sql
