//! Pages and server functions of the console.
