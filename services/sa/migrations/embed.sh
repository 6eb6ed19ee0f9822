#!/bin/sh
# Writes the C++ file that holds the migrations given as arguments.
echo '#include "services/sa/migrations/migrations.h"'
echo 'namespace cairn::sa {'
echo 'std::vector<sql::Migration> Migrations() {'
echo '  return {'
for file in "$@"; do
  name=$(basename "$file" .sql)
  number=$(echo "$name" | sed 's/^0*\([0-9]*\)_.*/\1/')
  printf '      {%s, "%s", R"SQL(' "$number" "$name"
  cat "$file"
  echo ')SQL"},'
done
echo '  };'
echo '}'
echo '}  // namespace cairn::sa'
