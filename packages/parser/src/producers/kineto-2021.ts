// Kineto up to 2021: capitalised categories, lower-case "external id", "Input dims".
import { type Producer, Role } from './roles.js'

export const kineto2021: Producer = {
  name: 'kineto-2021',
  categories: {
    Kernel: Role.Kernel,
    Memcpy: Role.Memcpy,
    Memset: Role.Memset,
    Runtime: Role.Runtime,
    Operator: Role.Operator,
    'User Annotation': Role.HostAnnotation,
    UserAnnotation: Role.HostAnnotation,
  },
}
