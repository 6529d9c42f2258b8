/**
 * The part of TensorFlow Lite's schema (schema.fbs, version 3) that is written here: the numbers of enum
 * values, and of each table's fields in the order in which the schema declares them.
 */

export const fileIdentifier = 'TFL3';
export const schemaVersion = 3;

export const tensorTypes = { float32: 0, int32: 2, uint8: 3, int8: 9 } as const;
export type TensorType = keyof typeof tensorTypes;

export const paddings = { same: 0, valid: 1 } as const;
export const activations = { none: 0, relu: 1, relu6: 3 } as const;

/** `code` of BuiltinOperator, and the version of it that has int8. */
export const operators = {
  add: { code: 0, version: 2 },
  concatenation: { code: 2, version: 2 },
  conv2d: { code: 3, version: 3 },
  depthwiseConv2d: { code: 4, version: 3 },
  dequantize: { code: 6, version: 2 },
  fullyConnected: { code: 9, version: 1 },
  maxPool2d: { code: 17, version: 2 },
  pad: { code: 34, version: 2 },
  mean: { code: 40, version: 2 },
  maximum: { code: 55, version: 2 },
  minimum: { code: 57, version: 2 },
  quantize: { code: 114, version: 2 },
} as const;
export type OperatorName = keyof typeof operators;

/** Which table of the union BuiltinOptions an operator's options are. */
export const optionTables = {
  conv2d: 1,
  depthwiseConv2d: 2,
  pool2d: 5,
  fullyConnected: 8,
  concatenation: 10,
  add: 11,
  reducer: 27,
} as const;

export const fields = {
  model: { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 },
  operatorCode: { deprecatedBuiltinCode: 0, version: 2, builtinCode: 3 },
  subGraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 },
  quantization: { scale: 2, zeroPoint: 3, quantizedDimension: 6 },
  operator: { opcodeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 },
  buffer: { data: 0 },
  conv2dOptions: { padding: 0, strideWidth: 1, strideHeight: 2, activation: 3 },
  depthwiseConv2dOptions: {
    ...{ padding: 0, strideWidth: 1, strideHeight: 2 },
    ...{ depthMultiplier: 3, activation: 4 },
  },
  pool2dOptions: {
    ...{ padding: 0, strideWidth: 1, strideHeight: 2 },
    ...{ filterWidth: 3, filterHeight: 4 },
  },
  concatenationOptions: { axis: 0 },
  addOptions: { activation: 0 },
  reducerOptions: { keepDims: 0 },
} as const;
