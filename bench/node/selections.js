// What of a type an operation selects, so that a database is asked for nothing else.

import { Kind } from 'graphql'

// An operation's nodes live as long as its parsed document is cached, and so does what was found in them.
const known = new WeakMap()

/** The names of the fields selected below a field, or below the field at `path` under it. */
export function selectedFields(info, ...path) {
  const key = info.fieldNodes[0]
  const reusable = info.fieldNodes.length === 1
  const found = reusable ? known.get(key) : undefined
  if (found) return found
  const names = new Set()
  collect(info.fieldNodes, path, info.fragments, names)
  if (reusable) known.set(key, names)
  return names
}

function collect(nodes, path, fragments, names) {
  for (const field of nodes.flatMap((node) => fieldsOf(node, fragments))) {
    if (path.length === 0) names.add(field.name.value)
    else if (field.name.value === path[0]) collect([field], path.slice(1), fragments, names)
  }
}

function fieldsOf(node, fragments) {
  return (node.selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    return fieldsOf(selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection, fragments)
  })
}
